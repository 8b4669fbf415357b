"""This machine: the generated modules in the test's process."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from portable.conformance.target import TargetSuite, World, opened, ways

LACKS = {
    "artifact": "no process stays up here: portable invoke starts one for each call",
    "filtered again": "the drivers of this machine are ours, and filter when an event is stored",
    "object attempts": "events of a folder are not stored, so nothing counts how often one failed",
}


@pytest.fixture(scope="module", params=ways(LACKS))
def world(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with opened("local", request.param, tmp_path_factory.mktemp("local"), LACKS) as world:
        yield world


class TestLocal(TargetSuite):
    pass
