"""The pages on your own machines and on moving out: what they show is what is written, read and understood."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest
from architecture.tracked import ROOT
from docs.test_examples import blocks, module, ran

from portable.tooling.pipeline import package
from portable_container.runtime.nats_names import PARTITIONS, address_of
from portable_container.runtime.nats_rights import OWN, Rights

PAGE, CLUSTER, MOVING, BROKER = "docs/container.md", "docs/kubernetes.md", "docs/moving-out.md", "docs/nats.md"
MACHINE = "docs/systemd.md"
ADAPTER = ROOT / "adapters" / "portable_container"


def text(*folders: str) -> str:
    """Return the source of an adapter's folders as one text."""
    return "".join(file.read_text(encoding="utf-8") for folder in folders for file in (ADAPTER / folder).glob("*.py"))


def table(heading: str) -> list[str]:
    """Return the first cells of the table in a section of the page."""
    section = (ROOT / PAGE).read_text(encoding="utf-8").partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    return [line.split("|")[1] for line in section.splitlines() if line.startswith("| ")][2:]


def test_every_variable_of_the_page_is_read() -> None:
    source = text("runtime")
    named = re.findall(r"`(PORT\w*)`", (ROOT / PAGE).read_text(encoding="utf-8"))
    assert {"PORT", "PORTABLE_PROXY", "PORTABLE_EVENTS_TOKEN"} <= set(named)
    assert [name for name in dict.fromkeys(named) if f'"{name}"' not in source and f"`{name}`" not in source] == []


def test_every_metric_of_the_page_is_written_and_no_other() -> None:
    shown = {name for cell in table("Logs, metrics, traces") for name in re.findall(r"portable_\w+", cell)}
    named = set(re.findall(r'"(portable_(?:calls|call|queue|schedule)_\w+)"', text("runtime")))
    written = {name for name in named if not name.endswith(("_bucket", "_count", "_sum"))}
    assert shown == written


def test_every_argument_of_the_image_is_known() -> None:
    source = text("runtime")
    arguments = [name for cell in table("The image") for name in re.findall(r"`([^`]+)`", cell)]
    words = {word for argument in arguments for word in argument.split() if not word[0].isdigit()}
    assert {"serve", "migrate", "--events"} <= words
    assert [word for word in words if f'"{word}"' not in source and word != "pay,tally"] == []


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What package and infra write for a sample with buckets."""
    out = tmp_path_factory.mktemp("out")
    package(ROOT / "samples" / "photos", "container", out, lambda step: None, stage="prod")
    return out / "container"


def test_every_file_that_the_page_names_is_written(written: Path) -> None:
    pages = "".join((ROOT / page).read_text(encoding="utf-8") for page in (PAGE, CLUSTER, MACHINE))
    named = re.findall(r"`([\w./-]+(?:\.yaml|\.json|\.conf|\.txt|/))`", pages)
    theirs = {"secrets/", "secrets.yaml", "compose.override.yaml"}
    files = [path.relative_to(written).as_posix() + "/" * path.is_dir() for path in written.rglob("*")]
    assert {"compose.yaml", "kubernetes/", "nats/accounts.conf", "sbom.cdx.json"} <= set(named)
    assert [name for name in named if name not in theirs and not any(file.endswith(name) for file in files)] == []


def test_the_rights_of_a_user_of_nats_are_those_of_the_page() -> None:
    at = address_of("APP_STAGE_KIND_NAME/READER")
    words = {
        "APP_STAGE_KIND_NAME": "<stream>",
        "APP.STAGE.KIND.NAME": "<app>.<stage>.<kind>.<name>",
        "READER": "<consumer>",
    }
    sends, later, receives, counts = (Rights() for _ in range(4))
    sends.send(at)
    later.send(at, delayed=True)
    receives.receive(at)
    counts.count(at)
    later.publish -= sends.publish
    rights = {"send or publish": sends, "send with a delay, too": later, "receive": receives, "count": counts}
    page = (ROOT / BROKER).read_text(encoding="utf-8")
    assert f"asks `{OWN}`" in page
    for may, held in rights.items():
        found = re.search(rf"(?m)^\| {may} \| (.+?) \|$", page)
        assert found is not None
        subjects = " ".join(held.publish - {OWN})
        for word, name in words.items():
            subjects = subjects.replace(word, name)
        assert set(re.findall(r"`([^`]+)`", found[1])) == set(subjects.split()), may
    assert f"{PARTITIONS} partitions, from 0 to {PARTITIONS - 1}" in page


def test_systemd_takes_the_units(tmp_path: Path) -> None:
    program = shutil.which("systemd-analyze")
    if program is None:
        pytest.skip("systemd-analyze is missing: apt-get install systemd")
    for unit in blocks(MACHINE, "ini"):
        name = re.search(r"/etc/systemd/system/(\S+)", unit)
        assert name is not None
        installed = unit.replace("/opt/shop/venv/bin/python", "/bin/sh")
        (tmp_path / name[1].replace("@.", "@serve.")).write_text(installed, encoding="utf-8")
    units = sorted(tmp_path.iterdir())
    assert [unit.name for unit in units] == ["shop-migrate.service", "shop@serve.service"]
    command = [program, "verify", "--man=no", "--recursive-errors=no", *map(str, units)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_the_report_begins_as_the_page_shows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(ROOT)
    printed, _ = ran("portable check --from aws --to container samples/orders", monkeypatch, capsys)
    (shown,) = blocks(MOVING, "text")
    assert printed.startswith(shown)


def test_the_places_of_a_move_are_those_of_the_drivers(monkeypatch: pytest.MonkeyPatch) -> None:
    (code,) = blocks(MOVING)
    places = module(code, monkeypatch).PLACES
    for runtime, address in places.values():
        assert (ROOT / "adapters" / runtime.replace(".", "/") / "persistence.py").is_file()
        assert address
