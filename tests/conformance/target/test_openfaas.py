"""OpenFaaS: the generated entries here, and the package under the template's server, flask behind waitress."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from portable.conformance.guard import deviates
from portable.conformance.target import TargetSuite, World, opened, ways
from portable.conformance.target_http import TEXTS, RefusalTests, RequestTests

pytest.importorskip("flask", reason='flask is not installed: pip install "portable-functions[openfaas]"')
pytest.importorskip("waitress", reason='waitress is not installed: pip install "portable-functions[openfaas]"')

LACKS = {
    "limit": "the target has no driver of tables yet, which count the calls",
    "sending": "the target has no driver of queues yet",
    "dead letters": "the target has no driver of queues yet, which dead letters need",
    "attribute names": "attributes come as headers, whose names lose their case and may have no underscore",
    "stream": "no connector of OpenFaaS keeps the records of a key in order",
    "object": "no connector of OpenFaaS tells of the objects of a bucket",
    "head and options": "flask answers OPTIONS itself, without asking the template's route; HEAD does arrive",
    "any method": "the template's route passes on GET, HEAD, POST, PUT, PATCH and DELETE only",
    "trace": "the template's route passes on GET, HEAD, POST, PUT, PATCH and DELETE only",
}


@pytest.fixture(scope="module", params=ways(LACKS))
def world(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with opened("openfaas", request.param, tmp_path_factory.mktemp("openfaas"), LACKS) as world:
        yield world


class TestOpenFaas(TargetSuite):
    @deviates("HEAD arrives, unlike OPTIONS: flask adds it to a route that has GET")
    def test_head_is_answered_by_the_function_that_has_get(self, world: World) -> None:
        RefusalTests.test_head_is_answered_by_the_function_that_has_get(self, world)

    @deviates("the template's route takes no path with a line break: flask answers 404 in its own words")
    @pytest.mark.parametrize("name", [name for name in TEXTS if name != "a new line"])
    def test_a_path_is_decoded_once(self, world: World, name: str) -> None:
        RequestTests.test_a_path_is_decoded_once(self, world, name)  # type: ignore[arg-type]
