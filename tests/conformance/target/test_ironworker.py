"""IronWorker: the generated entries here, and the package with a process for each task."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from portable.conformance.target import TargetSuite, World, opened, ways

LACKS = {
    "http": "a webhook takes a body only, and nobody gets the reply",
    "limit": "the target has no driver of tables yet, which count the calls",
    "sending": "the target has no driver of queues yet",
    "dead letters": "IronWorker keeps no dead letters, and the target has no driver of queues yet",
    "topic": "IronWorker has no topics at all",
    "stream": "IronWorker has no streams at all",
    "object": "nothing tells IronWorker of the objects of a bucket",
    **dict.fromkeys(("head and options", "any method", "trace"), "a webhook is a POST and nothing else"),
    **dict.fromkeys(
        ("first slashes", "encoded slash", "encoded question mark", "encoded escape"), "a webhook passes on no path"
    ),
    "attempt count": "a task is not told how often it was run before",
    "filtered again": "there are neither topics nor objects to filter",
    "object attempts": "nothing tells IronWorker of the objects of a bucket",
    "streamed replies": "nobody gets the reply of a webhook",
}


@pytest.fixture(scope="module", params=ways(LACKS))
def world(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with opened("ironworker", request.param, tmp_path_factory.mktemp("ironworker"), LACKS) as world:
        yield world


class TestIronWorker(TargetSuite):
    pass
