from collections.abc import Iterator

import pytest
from servers.postgres import Postgres as Server

from portable_container.runtime.clients import Postgres


@pytest.fixture(scope="module")
def admin(postgresql: Server) -> Iterator[Postgres]:
    made = Postgres(postgresql.uri, most=4)
    yield made
    made.close()


@pytest.fixture
def schema(request: pytest.FixtureRequest) -> str:
    return f"{request.node.name[5:45]}_dev"
