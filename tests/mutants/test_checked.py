"""`portable check` looks at every wrong app of the catalogue and at its right twin: it says something, and never fails itself."""

from __future__ import annotations

from pathlib import Path

import pytest
from mutants.catalogue import mistakes
from mutants.form import Mistake, imported
from unit.tooling.check.subjects import found

from portable.testing.app import load_modules
from portable.tooling.targets import target_names


@pytest.mark.parametrize("mistake", mistakes(), ids=lambda mistake: mistake.name)
@pytest.mark.parametrize("right", [True, False], ids=["right", "wrong"])
def test_every_app_is_checked_for_every_target(mistake: Mistake, right: bool, tmp_path: Path) -> None:
    with imported(mistake.source(right=right), tmp_path, f"{mistake.name}_checked_{right}") as module:
        model = load_modules([module]).model
        for target in target_names():
            for one in found(model, target, tmp_path):
                assert one.substitute
                assert one.file
                assert one.line
