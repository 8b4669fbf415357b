"""AWS Lambda: the generated entries here, and the package in the real runtime client (`awslambdaric`)."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from portable.conformance.target import TargetSuite, World, opened, ways

pytest.importorskip("awslambdaric", reason="the Lambda runtime client is not installed: uv pip install awslambdaric")

LACKS = {
    "encoded slash": "API Gateway decodes the path of an HTTP API, so %2F arrives as a slash",
    "encoded question mark": "API Gateway decodes the path of an HTTP API and cuts it at the question mark",
    "first slashes": "API Gateway takes //x for /x on its way to an HTTP API",
    "streamed replies": "the runtime client of Python has no response streaming, so a reply is sent as a whole",
}


@pytest.fixture(scope="module", params=ways(LACKS))
def world(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with opened("aws", request.param, tmp_path_factory.mktemp("aws"), LACKS) as world:
        yield world


class TestAws(TargetSuite):
    pass
