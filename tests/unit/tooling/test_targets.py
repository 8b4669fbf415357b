"""The targets that are installed, and those that are broken."""

from __future__ import annotations

import pytest

from portable.errors import PortableError
from portable.tooling import targets
from portable.tooling.points import Point


def test_a_target_that_cannot_be_imported_is_told_by_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    broken = Point(targets.GROUP, "mycloud", "portable_mycloud.deploy.target:target")
    monkeypatch.setattr(targets, "_points", lambda group=targets.GROUP: (broken,))
    with pytest.raises(
        PortableError, match="the target mycloud cannot be imported: No module named 'portable_mycloud'"
    ):
        targets.load_target("mycloud")
