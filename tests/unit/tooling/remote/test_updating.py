"""Half-done updates, and what is kept: with a target whose units are in memory."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import pytest
from unit.tooling.remote.stages import GivenRemote, running

from portable.errors import PortableError, Unavailable
from portable.tooling import pipeline
from portable.tooling.archive import archive, members_of
from portable.tooling.deploy.order import Order
from portable.tooling.infra.remote import Code
from portable.tooling.remote import updating
from portable.tooling.remote.kept import CodeFolder, Kept
from portable.tooling.remote.updating import HalfDone, remember, roll_back, update
from portable.tooling.stage_values import Packaged

FUNCTIONS = ("hello", "work")


def packaged(app: Path, target: str, out: Path, report: Callable[[str], None], *, stage: str = "dev") -> Packaged:
    """Do what packaging does, for an app whose two functions import one module: without reading it in a process."""
    files = {"app.py": (app / "app.py").read_bytes()}
    files |= {f"entry_{name}.py": b"import app" for name in FUNCTIONS}
    folder = out / target
    folder.mkdir(parents=True, exist_ok=True)
    zipped = archive(members_of(files, frozenset()).values())
    (folder / "bundle.zip").write_bytes(zipped)
    functions = tuple(item for item in running().blueprint.functions if item.name in FUNCTIONS)
    own = {"functions": functions, "sha256": hashlib.sha256(zipped).hexdigest(), "size": len(zipped)}
    hashes = {path: hashlib.sha256(data).hexdigest() for path, data in files.items()}
    manifest = {"schema": 2, "files": hashes, **msgspec.to_builtins(replace(running().blueprint, **own))}
    (folder / "manifest.json").write_text(json.dumps(manifest))
    return Packaged(folder, manifest, app)


class Units(GivenRemote):
    """Units in memory; `broken` are those whose connection is lost, `tells` whether the cloud knows the hash of code."""

    def __init__(self, *, tells: bool = False) -> None:
        super().__init__()
        self.runs: dict[str, Code] = {"app-a": Code("0"), "app-b": Code("0")}
        self.broken: set[str] = set()
        self.tells = self.knows_hash = tells
        self.puts: list[str] = []

    def units(self) -> Mapping[str, tuple[str, ...]]:
        return {"app-a": ("hello",), "app-b": ("work",)}

    def code(self, units: Sequence[str]) -> Mapping[str, Code]:
        return {unit: self.runs[unit] for unit in units}

    def publish(self, artifact: Path) -> Callable[[str], Code]:
        def put(unit: str) -> Code:
            self.puts.append(unit)
            if unit in self.broken:
                raise Unavailable("the connection was lost")
            self.runs[unit] = Code(f"{len(self.puts)}", artifact.stem if self.tells else "")
            return self.runs[unit]

        return put


@pytest.fixture(params=[False, True], ids=["marks", "hashes"])
def units(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Units:
    found = Units(tells=request.param)
    monkeypatch.setattr(updating, "remote_of", lambda target: found.at)
    monkeypatch.setattr(pipeline, "package", packaged)
    return found


@pytest.fixture
def order(tmp_path: Path) -> Order:
    return Order(tmp_path, "aws", "dev", tmp_path / "dist", "deploy --code", {}, lambda step: None)


def write(order: Order, text: str) -> None:
    (order.app / "app.py").write_text(f"TEXT = {text!r}")


def test_a_connection_lost_half_way_says_which_unit_has_which_code_and_the_same_command_goes_on(
    units: Units, order: Order
) -> None:
    write(order, "one")
    update(order)
    write(order, "two")
    units.broken = {"app-b"}
    with pytest.raises(
        HalfDone, match=r"1 of 2 have the new code: app-a\. .*app-b.*Run `portable deploy --code"
    ) as lost:
        update(order)
    assert lost.value.notes == ("the connection was lost",)
    units.broken, units.puts = set(), []
    done = update(order)
    assert (done.changed, done.same) == (("app-b",), ("app-a",))
    assert units.puts == ["app-b"]


def test_a_half_done_update_can_be_returned_from(units: Units, order: Order) -> None:
    write(order, "one")
    old = update(order)
    write(order, "two")
    units.broken = {"app-b"}
    with pytest.raises(HalfDone):
        update(order)
    units.broken = set()
    assert roll_back(order).sha256 == old.sha256
    assert {code.sha256 for code in CodeFolder(order.artifact).read("dev").units.values()} == {old.sha256}


def test_a_half_done_return_is_gone_on_with_by_the_same_command(units: Units, order: Order) -> None:
    write(order, "one")
    old = update(order)
    write(order, "two")
    new = update(order)
    units.broken = {"app-b"}
    with pytest.raises(
        HalfDone, match=r"Run `portable deploy --code --rollback [^`]*` to go on, or `portable deploy --code "
    ):
        roll_back(order)
    units.broken = set()
    back = roll_back(order)
    assert (back.sha256, back.changed) == (old.sha256, ("app-b",))
    assert roll_back(order).sha256 == new.sha256


def test_without_a_change_nothing_is_sent(units: Units, order: Order) -> None:
    write(order, "one")
    update(order)
    units.puts = []
    assert update(order).same == ("app-a", "app-b")
    assert units.puts == []


def test_code_that_somebody_else_brought_is_replaced(units: Units, order: Order) -> None:
    write(order, "one")
    update(order)
    units.runs["app-b"] = Code("theirs", "f" * 64 if units.tells else "")
    assert update(order).changed == ("app-b",)


def test_there_is_nothing_to_return_to_at_first_and_what_is_kept_must_be_whole(units: Units, order: Order) -> None:
    write(order, "one")
    first = update(order)
    with pytest.raises(PortableError, match="keeps no artifact that the stage dev ran before"):
        roll_back(order)
    write(order, "two")
    update(order)
    CodeFolder(order.artifact).zip(first.sha256).write_bytes(b"another")
    with pytest.raises(PortableError, match="was changed since"):
        roll_back(order)


def test_what_the_engine_deployed_can_be_returned_to(units: Units, order: Order) -> None:
    write(order, "one")
    manifest: dict[str, Any] = packaged(order.app, "aws", order.out, order.report).manifest
    remember(order, manifest, changed=True)
    write(order, "two")
    update(order)
    assert roll_back(order).sha256 == manifest["sha256"]


def test_after_a_deployment_by_the_engine_only_what_a_change_reaches_gets_code(units: Units, order: Order) -> None:
    write(order, "one")
    manifest = packaged(order.app, "aws", order.out, order.report).manifest
    units.runs = {unit: Code("made", manifest["sha256"] if units.tells else "") for unit in units.runs}
    remember(order, manifest, changed=True)
    assert update(order).same == ("app-a", "app-b")


def test_a_cloud_that_does_not_answer_after_a_deployment_is_no_error(units: Units, order: Order) -> None:
    write(order, "one")
    units.code = lambda names: (_ for _ in ()).throw(Unavailable("no answer"))  # type: ignore[method-assign]
    manifest = packaged(order.app, "aws", order.out, order.report).manifest
    remember(order, manifest, changed=True)
    assert CodeFolder(order.artifact).read("dev").current == manifest["sha256"]


def test_only_two_artifacts_are_kept_however_often_code_is_brought(units: Units, order: Order) -> None:
    for text in ("one", "two", "three", "four"):
        write(order, text)
        update(order)
    assert len(list((order.artifact / "code").glob("*.zip"))) == 2
    assert len(list((order.artifact / "code").iterdir())) == 5


@pytest.mark.parametrize("text", ["", "{", "[]", '{"schema": 2}', '{"units": 1, "schema": 1}', '{"current": 5}'])
def test_a_file_of_another_version_or_a_broken_one_is_no_knowledge(tmp_path: Path, text: str) -> None:
    (tmp_path / "code").mkdir()
    (tmp_path / "code" / "dev.json").write_text(text)
    assert CodeFolder(tmp_path).read("dev") == Kept()
