"""Every planted fault is caught by the kit's ordinary use, and no correct app is ever accused."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType

import pytest
from mutants.bodies import Body, a_member_joins, names_may_hold_anything
from mutants.faults import CHAOS, CORRECT, HTTP, MUTANTS, WIRES, Mutant

from portable.testing import Cloud
from portable.testing.app import load_modules
from portable.testing.search.exploring import explore

APPS = Path(__file__).parent / "apps"
ON_WIRES = ("aws", "azure", "gcp")


@contextmanager
def imported(source: str, folder: Path, name: str) -> Iterator[ModuleType]:
    file = folder / f"{name}.py"
    file.write_text(source, encoding="utf-8")
    spec = importlib.util.spec_from_file_location(name, file)
    assert spec is not None
    assert spec.loader is not None
    module = sys.modules[name] = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
        yield module
    finally:
        del sys.modules[name]


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Callable[[str, tuple[tuple[str, str], ...]], ModuleType]]:
    from contextlib import ExitStack

    with ExitStack() as stack:

        def made(app: str, changes: tuple[tuple[str, str], ...] = ()) -> ModuleType:
            source = (APPS / f"{app}.py").read_text(encoding="utf-8")
            for old, new in changes:
                assert old in source, old
                source = source.replace(old, new)
            return stack.enter_context(imported(source, tmp_path, f"mutant_{app}"))

        yield made


@contextmanager
def cloud_of(module: ModuleType, wire: str | None = None) -> Iterator[Cloud]:
    cloud = Cloud(load_modules([module]), wire=wire)
    try:
        yield cloud
    finally:
        cloud.close()


def plain(module: ModuleType, body: Body, wire: str | None = None) -> None:
    with cloud_of(module, wire) as cloud:
        body(cloud, module)


def chaotic(
    module: ModuleType, body: Body, seed: int, runs: int = 50, wire: str | None = None, http: bool = False
) -> None:
    with cloud_of(module, wire) as cloud:
        explore(lambda: body(cloud, module), cloud, runs=runs, seed=seed, http=http)


def correct(found: tuple[str, Body]) -> str:
    return f"{found[0]}-{found[1].__name__}"


@pytest.mark.parametrize("case", CORRECT, ids=correct)
def test_a_correct_app_is_never_accused(make, case: tuple[str, Body]) -> None:
    app, body = case
    module = make(app)
    for seed in range(2):
        chaotic(module, body, seed, runs=80)


@pytest.mark.parametrize("wire", ON_WIRES)
@pytest.mark.parametrize("case", CORRECT, ids=correct)
def test_a_correct_app_is_not_accused_on_a_wire(make, case: tuple[str, Body], wire: str) -> None:
    app, body = case
    chaotic(make(app), body, 1, runs=12, wire=wire)


@pytest.mark.parametrize("wire", [None, *ON_WIRES])
def test_a_request_that_may_be_repeated_is_not_accused(make, wire: str | None) -> None:
    chaotic(make("orders"), a_member_joins, 1, runs=40, wire=wire, http=True)


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_a_planted_fault_is_caught(make, mutant: Mutant) -> None:
    module = make(mutant.app, mutant.changes)
    if mutant.found_by in (CHAOS, HTTP):
        plain(module, mutant.body)
        for seed in range(2):
            note = accused(module, mutant.body, seed, http=mutant.found_by == HTTP)
            assert note is not None
            assert "passes without accidents" in note
    elif mutant.found_by == WIRES:
        plain(module, mutant.body)
        assert any(fails(module, mutant.body, wire) for wire in ON_WIRES)
    else:
        assert fails(module, mutant.body)


def test_a_cloud_whose_keys_are_decoded_wrongly_is_caught(make, monkeypatch: pytest.MonkeyPatch) -> None:
    from portable_aws.runtime import objects

    monkeypatch.setattr(objects, "unquote", lambda text: text)
    assert fails(make("files"), names_may_hold_anything, "aws")


def accused(module: ModuleType, body: Body, seed: int, http: bool = False) -> str | None:
    """Return what chaos tells of a failure, None when there is none."""
    try:
        chaotic(module, body, seed, http=http)
    except (Exception, pytest.fail.Exception) as error:
        return "".join(getattr(error, "__notes__", ()))
    return None


def fails(module: ModuleType, body: Body, wire: str | None = None) -> bool:
    try:
        plain(module, body, wire)
    except (Exception, pytest.fail.Exception):
        return True
    return False
