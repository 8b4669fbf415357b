"""What uv answered: which distributions ship, which are left to the host, and one message for what went wrong."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portable.errors import PortableError
from portable.tooling.depend.explain import explain, refuse_options
from portable.tooling.depend.lock import Lock
from portable.tooling.depend.lock_text import Entry, entries, named
from portable.tooling.depend.platforms import wheel_platform
from portable.tooling.depend.provided import Host, left_to_host, without_companions
from portable.tooling.depend.requirement_files import Line
from portable.tooling.depend.requirements import Declared

LOCK = """--index-url https://example.com/simple
annotated-types==0.8.0 \\
    --hash=sha256:aa \\
    --hash=sha256:ab
    # via pydantic
    # from https://example.com/simple
awscrt==0.28.2 \\
    --hash=sha256:a1
    # via botocore
boto3==1.44.8 \\
    --hash=sha256:bb
    # via -r requirements.in
botocore==1.44.8 \\
    --hash=sha256:cc
    # via
    #   boto3
    #   s3transfer
gitlib @ git+file:///tmp/g@4692ce95905528a12607dab61ca2a16e67f77836
    # via demo-app (pyproject.toml)
-e ./mine
    # via -r requirements.in
pydantic[email]==2.14.4 \\
    --hash=sha256:dd
    # via -r requirements.in
python-dateutil==2.9.0 \\
    --hash=sha256:ee
    # via botocore
s3transfer==0.19.3 \\
    --hash=sha256:ff
    # via boto3
six==1.17.0 \\
    --hash=sha256:00
    # via
    #   -r requirements.in
    #   python-dateutil
urllib3==2.5.0 \\
    --hash=sha256:01
    # via botocore
"""
HOST = Host(frozenset(("boto3", "botocore", "s3transfer")), frozenset(("python-dateutil", "six", "urllib3")))


def test_every_block_of_uvs_answer_is_an_entry_with_its_reasons_and_its_index() -> None:
    found = {entry.name: entry for entry in entries(LOCK)}
    assert found["annotated-types"].hashes == ("sha256:aa", "sha256:ab")
    assert found["annotated-types"].index == "https://example.com/simple"
    assert found["annotated-types"].because == ("pydantic",)
    assert found["botocore"].because == ("boto3", "s3transfer")
    assert (found["pydantic"].version, found["pydantic"].line) == ("2.14.4", "pydantic[email]==2.14.4")
    assert found["gitlib"].direct
    assert found["gitlib"].path is None
    assert (found[""].path, found[""].direct) == ("./mine", True)
    assert entries("") == []


def test_a_path_gets_its_name_from_the_description_that_uv_makes(tmp_path: Path) -> None:
    described = '[[packages]]\nname = "mine"\ndirectory = { path = "mine", editable = true }\n'
    assert [entry.name for entry in named(entries("-e ./mine\n"), described, tmp_path)] == ["mine"]
    whole = f'[[packages]]\nname = "lib"\ndirectory = {{ path = "{tmp_path}/lib" }}\n'
    assert [entry.name for entry in named(entries(f"file://{tmp_path}/lib\n"), whole, tmp_path)] == ["lib"]


def test_only_what_an_index_has_is_in_the_text_for_an_installer() -> None:
    text = Lock(tuple(entries(LOCK))).text
    assert text.startswith("annotated-types==0.8.0 \\\n    --hash=sha256:aa \\\n    --hash=sha256:ab\n")
    assert "mine" not in text
    assert "git" not in text


def test_what_the_host_has_is_left_to_it_but_what_an_extra_brings_ships() -> None:
    left = left_to_host(entries(LOCK), HOST, ())
    assert left == {"boto3", "botocore", "s3transfer", "python-dateutil", "urllib3"}
    assert left_to_host([], HOST, ()) == frozenset()


def entry(name: str, *because: str) -> Entry:
    return Entry(name, "1", f"{name}==1", ("sha256:aa",), because)


def test_a_distribution_that_ships_and_asks_for_botocore_gets_it_with_its_companions() -> None:
    found = [entry("aiobotocore", "-r r.in"), entry("boto3", "-r r.in"), entry("botocore", "aiobotocore", "boto3")]
    assert left_to_host(found, HOST, ()) == frozenset()


@pytest.mark.parametrize(
    ("line", "left"),
    [
        ("boto3", {"boto3", "botocore"}),
        ("boto3>=1.35", {"boto3", "botocore"}),
        ("boto3==1.35.0", set()),
        ("boto3~=1.35", set()),
        ("botocore<2 ; python_version > '3'", set()),
        ("boto3 ; python_version < '4'", {"boto3", "botocore"}),
    ],
)
def test_what_the_app_pins_ships_in_that_version(line: str, left: set[str]) -> None:
    found = [entry("boto3", "-r r.in"), entry("botocore", "boto3")]
    lines = (Line(line, Path("r.in"), 1),)
    assert left_to_host(found, HOST, lines) == left
    assert left_to_host(found, Host(HOST.offered, HOST.beneath, leave=True), lines) == {"boto3", "botocore"}
    assert left_to_host(found, Host(HOST.offered, HOST.beneath, leave=False), lines) == frozenset()


@pytest.mark.parametrize(
    ("ships", "leave", "missing"),
    [
        (("idna",), None, set()),
        (("botocore",), None, {"boto3"}),
        (("botocore", "boto3"), None, set()),
        ((), False, {"boto3"}),
        (("botocore",), True, set()),
    ],
)
def test_what_our_modules_import_ships_beside_its_companion(
    ships: tuple[str, ...], leave: bool | None, missing: set[str]
) -> None:
    host = Host(frozenset(("boto3", "botocore")), frozenset(), leave, frozenset(("boto3",)))
    assert without_companions(ships, host) == missing


def test_a_constraint_pins_too() -> None:
    assert left_to_host([entry("boto3", "-r r.in", "-c limits.txt")], HOST, ()) == frozenset()


@pytest.mark.parametrize(
    ("libc", "architecture", "platform"),
    [
        ("glibc 2.26", "x86_64", "x86_64-manylinux_2_17"),
        ("glibc 2.34", "arm64", "aarch64-manylinux_2_34"),
        ("glibc 2.30", "x86_64", "x86_64-manylinux_2_28"),
        ("glibc 2.99", "x86_64", "x86_64-manylinux_2_40"),
        ("musl 1.2", "x86_64", "x86_64-unknown-linux-musl"),
    ],
)
def test_the_platform_of_wheels_is_never_newer_than_the_hosts_c_library(
    libc: str, architecture: str, platform: str
) -> None:
    assert wheel_platform(libc, architecture) == platform


def test_a_c_library_without_wheels_is_refused() -> None:
    with pytest.raises(PortableError, match=r"no wheels are made for glibc 2\.5"):
        wheel_platform("glibc 2.5", "x86_64")


@pytest.mark.parametrize(
    ("said", "told"),
    [
        (
            "error: No solution found when resolving dependencies\n  cause: Because mysqlclient==2.2.4 has no usable "
            "wheels and you require mysqlclient==2.2.4, we can conclude that your requirements are unsatisfiable.",
            "dependency mysqlclient==2.2.4 has no wheel for linux, Python 3.12: ",
        ),
        (
            "  × No solution found when resolving dependencies:\n  ╰─▶ Because nosuch was not found in the package "  # noqa: RUF001
            "registry and you require nosuch, we can conclude that your requirements are unsatisfiable.",
            "dependency nosuch was not found: ",
        ),
        (
            "  cause: Because there is no version of idna==99 and you require idna==99, we can conclude …",
            "dependency idna==99 has no such version: ",
        ),
        (
            "error: Failed to build `cext @ file:///x`\n cause: gcc",
            "dependency cext @ file:///x has no wheel for linux",
        ),
        ("error: some other thing", "the dependencies cannot be resolved for linux, Python 3.12: some other thing"),
    ],
)
def test_what_uv_said_becomes_one_message_that_names_the_dependency(said: str, told: str) -> None:
    assert explain(said, "linux, Python 3.12").startswith(told)


def test_the_message_begins_with_the_line_that_asks(tmp_path: Path) -> None:
    file = tmp_path / "requirements.txt"
    file.write_text("idna\n./libs/nowhere\nsix==99\n")
    lines = tuple(Line(text, file, number) for number, text in enumerate(file.read_text().split(), 1))
    declared = Declared((file,), lines, read=(file,))
    told = explain("error: Distribution not found at: file:///app/libs/nowhere", "linux", declared)
    assert told.startswith(f"{file}:2: dependency file:///app/libs/nowhere does not exist")
    told = explain("Because there is no version of six==99 and you require six==99", "linux", declared)
    assert told.startswith(f"{file}:3: dependency six==99 has no such version")
    said = "error: Invalid URL in `requirements.txt` at position 0: libs/nowhere cause: relative URL without a base"
    assert explain(said, "linux", declared).startswith(f"{file}:2: dependency libs/nowhere does not exist")
    told = explain("error: `/app/libs/nowhere` does not appear to be a Python project, as neither …", "linux", declared)
    assert told.startswith(f"{file}:2: dependency /app/libs/nowhere is no Python project")
    told = explain("error: In `--require-hashes` mode, none were provided for: six==99", "linux", declared)
    assert told.startswith(f"{file}:3: ")
    told = explain("Because you require six==99 and six==98", "linux", declared)
    assert told.startswith(f"{file}:3: ")


def test_a_secret_in_an_address_is_not_told() -> None:
    assert "hunter2" not in explain("error: Failed to fetch: https://me:hunter2@example.com/simple/a/", "linux")


def test_an_option_that_uv_passes_over_is_refused_unless_it_changes_nothing(tmp_path: Path) -> None:
    lines = (Line("--pre", tmp_path / "r.txt", 1), Line("--no-such thing", tmp_path / "r.txt", 2))
    said = "warning: Ignoring unsupported option in `r.txt`: `--{}` (hint: pass it on the command line)"
    refuse_options(said.format("pre"), Declared(lines=lines))
    with pytest.raises(PortableError, match=r"r\.txt:2: uv does not read --no-such in a requirements file"):
        refuse_options(said.format("no-such"), Declared(lines=lines))


@given(st.text(max_size=300))
def test_no_answer_of_uv_breaks_the_reading(text: str) -> None:
    entries(text)
    explain(text, "linux")
