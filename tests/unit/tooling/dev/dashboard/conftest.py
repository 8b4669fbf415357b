"""The market, running in this process, and a visitor of its dashboard."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from hosts.local_dev import heard
from unit.tooling.dev.dashboard.market_here import running
from unit.tooling.dev.dashboard.visiting import TOKEN, Visitor

from portable.tooling.dev.dashboard.app import dashboard
from portable.tooling.dev.running import Running

Addresses = dict[str, str]


@pytest.fixture(scope="session")
def market(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Running, Addresses]]:
    """Give the market, and the addresses of its resources, which other tests must not see."""
    before = dict(os.environ)
    with running(tmp_path_factory.mktemp("market") / "market") as found:
        addresses = {name: value for name, value in os.environ.items() if name not in before}
        for name in addresses:
            del os.environ[name]
        yield found, addresses


@pytest.fixture
def engine(market: tuple[Running, Addresses], monkeypatch: pytest.MonkeyPatch) -> Iterator[Running]:
    """Give the market. Tests share it, so each uses names of its own."""
    found, addresses = market
    for name, value in addresses.items():
        monkeypatch.setenv(name, value)
    with heard(found.settings.project):
        yield found


@pytest.fixture(scope="session")
def pages(market: tuple[Running, Addresses]) -> Visitor:
    """Give the dashboard, whose templates are compiled once."""
    return Visitor(dashboard(market[0], TOKEN))


@pytest.fixture
def visitor(pages: Visitor, engine: Running) -> Visitor:
    """Give a visitor of the dashboard of the market, which runs."""
    assert engine.functions
    return pages
