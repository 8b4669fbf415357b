"""Your own machines: the generated entries here, and the package started by its own start command under uvicorn."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from portable.conformance.target import TargetSuite, World, opened, ways

for _module in ("nats", "uvicorn"):
    pytest.importorskip(_module, reason=f'{_module} is not installed: pip install "portable-functions[container]"')

LACKS: dict[str, str] = {}


@pytest.fixture(scope="module", params=ways(LACKS))
def world(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with opened("container", request.param, tmp_path_factory.mktemp("container"), LACKS) as world:
        yield world


class TestContainer(TargetSuite):
    pass
