"""A development server, and what passes everything to it, each on a port."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

import pytest
from hosts.asgi import on_port
from unit.tooling.dev.proxy.upstream import Upstream

from portable.tooling.dev import front
from portable.tooling.dev.proxy.app import proxy


class Proxied(NamedTuple):
    """Where the proxy listens, what is behind it, and what it told in words."""

    port: int
    upstream: Upstream
    said: list[str]
    ending: asyncio.Event


@pytest.fixture(scope="module")
def both() -> Iterator[Proxied]:
    upstream, said, ending = Upstream(), [], asyncio.Event()
    with on_port(upstream) as behind, behind_proxy(behind, said, ending) as port:
        yield Proxied(port, upstream, said, ending)


@contextmanager
def behind_proxy(
    behind: int, said: list[str], ending: asyncio.Event, host: str = "127.0.0.1", port: int | None = None
) -> Iterator[int]:
    """Serve a proxy for what listens on a port, and give its own port."""
    address = front.Upstream("http", host, behind, "pyproject.toml:3")
    with on_port(proxy(address, (), ending, said.append), port) as found:
        yield found


@pytest.fixture
def proxied(both: Proxied) -> Proxied:
    """Give the two, with nothing seen yet."""
    both.upstream.forget()
    both.said.clear()
    return both
