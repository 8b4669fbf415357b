"""Emulators that serve a whole session: fixtures, for each conftest.py that imports them. Tests use names of their own there."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from servers.azurite import azurite
from servers.nats import nats_server
from servers.pubsub import pubsub


@pytest.fixture(scope="session")
def pubsub_host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The host and port of one emulator of Pub/Sub."""
    with pubsub(tmp_path_factory.mktemp("pubsub")) as host:
        yield host


@pytest.fixture(scope="session")
def azure_storage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The connection string of one storage account."""
    with azurite(tmp_path_factory.mktemp("azurite")) as connection:
        yield connection


@pytest.fixture(scope="session")
def nats_url() -> Iterator[str]:
    """The URL of one server of NATS with JetStream."""
    with nats_server() as url:
        yield url
