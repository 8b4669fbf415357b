"""The clients for `async def` handlers are made from the plain ones, so that neither can forget what the other does."""

from __future__ import annotations

from importlib.util import module_from_spec, spec_from_file_location
from types import ModuleType

import pytest
from architecture.tracked import ROOT


def tool() -> ModuleType:
    spec = spec_from_file_location("twins", ROOT / "tools" / "twins.py")
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_every_twin_says_what_the_plain_client_says() -> None:
    assert tool().stale() == [], "run python tools/twins.py"


def test_every_module_of_async_clients_is_made() -> None:
    found = {path.relative_to(ROOT).as_posix() for path in (ROOT / "portable").rglob("*async_clients.py")}
    assert found == set(tool().TWINS.values())


def test_no_adapter_makes_an_async_twin_by_hand() -> None:
    files = [path for path in (ROOT / "adapters").rglob("runtime/*.py") if "def async_" in path.read_text("utf-8")]
    assert [path.name for path in files if "_driver(" in path.read_text("utf-8").partition("def async_")[2]] == []


def test_a_line_that_is_gone_from_the_plain_client_is_noticed() -> None:
    twins = tool()
    source = (ROOT / "portable/storage/clients.py").read_text(encoding="utf-8").replace("pieces(data)", "parts(data)")
    with pytest.raises(ValueError, match="has no"):
        twins.twin("portable/storage/clients.py", source)
