"""What tests of infrastructure share: the tool that makes it in this process, and the providers' own argument lists."""

from __future__ import annotations

import os
from functools import cache
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[1]
SCHEMAS = Path(os.environ.get("PORTABLE_SCHEMAS") or ROOT.parent / "shared" / "schemas")


def tool() -> ModuleType:
    """Return tools/infrastructure.py."""
    return _module("infrastructure", ROOT / "tools" / "infrastructure.py")


def schema_checker() -> ModuleType:
    """Return the checker of Terraform JSON against the providers' argument lists; skip where they are not here."""
    if not (SCHEMAS / "tfcheck.py").is_file():
        pytest.skip("the providers' argument lists are not here: set PORTABLE_SCHEMAS to the folder with tfcheck.py")
    return _module("tfcheck", SCHEMAS / "tfcheck.py")


@cache
def _module(name: str, file: Path) -> ModuleType:
    spec = spec_from_file_location(name, file)
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
