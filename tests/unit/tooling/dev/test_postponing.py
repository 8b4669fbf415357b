"""Modules that are imported and do not run before something of them is asked for."""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path

import pytest

from portable.tooling.dev.postponing import late, postpone

SOURCE = "import builtins\nbuiltins.ran = getattr(builtins, 'ran', 0) + 1\nvalue = 'run'\nknown = 'run'\ndef double(number): return 2 * number\n"


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    import builtins

    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(builtins, "ran", 0, raising=False)
    name = f"postponed_{tmp_path.name}"
    (tmp_path / name).mkdir()
    (tmp_path / name / "__init__.py").write_text(SOURCE)
    (tmp_path / name / "below.py").write_text("")
    return name


def ran() -> int:
    import builtins

    return int(builtins.ran)  # type: ignore[attr-defined]


def test_it_runs_once_when_a_name_is_asked_for(module: str) -> None:
    postpone(module, known="given")
    found = import_module(module)
    below = import_module(f"{module}.below")
    assert (found.known, found.below, ran()) == ("given", below, 0)
    assert (found.value, found.known, ran()) == ("run", "run", 1)
    with pytest.raises(AttributeError):
        _ = found.nothing
    assert ran() == 1


def test_a_name_that_is_set_first_stays(module: str) -> None:
    postpone(module)
    found = import_module(module)
    found.value = "set"  # as an app does that replaces a function of a library
    assert (found.value, ran()) == ("set", 1)


def test_what_is_imported_already_is_left_alone(module: str) -> None:
    found = import_module(module)
    postpone(module)
    assert sys.modules[module] is found
    assert ran() == 1


def test_a_function_that_was_taken_before_the_module_ran_runs_it(module: str) -> None:
    postpone(module, double=late(module, "double"))
    taken = __import__(module, fromlist=["double"]).double
    assert ran() == 0
    assert (taken(3), taken(4), ran()) == (6, 8, 1)
    assert import_module(module).double is not taken
