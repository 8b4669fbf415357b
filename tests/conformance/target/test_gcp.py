"""Google Cloud: the generated entries here, and the package in the real functions-framework under gunicorn."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from portable.conformance.target import TargetSuite, World, opened, ways

pytest.importorskip("functions_framework", reason="the host is not installed: uv pip install functions-framework")

LACKS: dict[str, str] = {}


@pytest.fixture(scope="module", params=ways(LACKS))
def world(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with opened("gcp", request.param, tmp_path_factory.mktemp("gcp"), LACKS) as world:
        yield world


class TestGcp(TargetSuite):
    pass
