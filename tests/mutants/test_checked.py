"""`portable check` looks at every wrong app of the catalogue, for every target, and never fails itself."""

from __future__ import annotations

from pathlib import Path

import pytest
from mutants.catalogue import mistakes
from mutants.form import Mistake, imported
from unit.tooling.check.subjects import found

from portable.testing.app import load_modules
from portable.tooling.targets import target_names


@pytest.mark.parametrize("mistake", mistakes(), ids=lambda mistake: mistake.name)
def test_every_app_is_checked_for_every_target(mistake: Mistake, tmp_path: Path) -> None:
    with imported(mistake.source(right=False), tmp_path, f"{mistake.name}_checked") as module:
        model = load_modules([module]).model
        for target in target_names():
            for one in found(model, target, tmp_path):
                assert one.substitute
                assert one.file
                assert one.line
