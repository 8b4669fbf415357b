"""The public face: every name resolves, is what its home calls it, and is known to type checkers."""

from __future__ import annotations

import ast
import importlib
from pathlib import Path

import pytest

import portable

SOURCE = ast.parse(Path(portable.__file__).read_text(encoding="utf-8"))


def declared_to_checkers() -> dict[str, tuple[str, str]]:
    """Return what `portable/__init__.py` imports for type checkers: public name -> (module, name)."""
    found: dict[str, tuple[str, str]] = {}
    for node in ast.walk(SOURCE):
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            for statement in node.body:
                if (
                    isinstance(statement, ast.ImportFrom)
                    and statement.module
                    and statement.module.startswith("portable")
                ):
                    for alias in statement.names:
                        assert alias.asname == alias.name, "a re-export is written `name as name`"
                        found[alias.name] = (statement.module, alias.name)
    return found


def test_all_is_what_type_checkers_see() -> None:
    assert sorted(declared_to_checkers()) == sorted(portable.__all__)
    assert list(portable.__all__) == sorted(set(portable.__all__))
    assert sorted(dir(portable)) == sorted(portable.__all__)


@pytest.mark.parametrize("name", portable.__all__)
def test_a_public_name_is_the_object_of_its_home(name: str) -> None:
    module, attribute = declared_to_checkers()[name]
    try:
        home = importlib.import_module(module)
    except ModuleNotFoundError:
        home = None
    expected = getattr(home, attribute, None) or importlib.import_module(f"{module}.{attribute}")
    assert getattr(portable, name) is expected


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        portable.nothing  # noqa: B018
