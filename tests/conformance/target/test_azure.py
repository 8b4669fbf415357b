"""Azure Functions: the generated entries here, and the package in Microsoft's real Python worker."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from servers.azure_worker import VERSION, azure_worker

from portable.conformance.target import TargetSuite, World, opened, ways

pytest.importorskip("azure.functions", reason="azure-functions is not installed: uv pip install azure-functions")

LACKS = {
    "encoded escape": "the host leaves %2F in a path alone, so that %252F looks the same to a function",
    "streamed replies": "the worker hands a reply over as a whole, unless the app asks for HTTP streams",
}
KEPT = Path(__file__).parents[3] / ".nox" / "target-suite" / "azure"
"""A folder that stays, so that what was resolved is kept."""


@pytest.fixture(scope="module", params=ways(LACKS))
def world(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    if request.param == "artifact":
        azure_worker()
    python = f'[tool.portable.azure]\npython = "{VERSION}"\n'
    with opened("azure", request.param, tmp_path_factory.mktemp("azure"), LACKS, python, KEPT) as world:
        yield world


class TestAzure(TargetSuite):
    pass
