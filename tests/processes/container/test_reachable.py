"""Whether an engine answers, with a server that goes away."""

from __future__ import annotations

import time

import pytest
from servers.nats import nats_server

from portable_container.runtime import engines, nats_clients
from portable_container.runtime.engines import Engines
from portable_container.runtime.image import NATS, Image
from portable_container.runtime.needs import of_functions

PATIENCE = 10.0


def until(found: Engines, missing: bool) -> None:
    end = time.monotonic() + PATIENCE
    while (found.missing() is not None) is not missing:
        assert time.monotonic() < end, found.missing()
        time.sleep(0.05)


def test_nats_is_missing_as_long_as_its_server_is_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engines, "REST_SECONDS", 0.1)
    monkeypatch.setattr(engines, "AGAIN_SECONDS", 0.1)
    image = Image("shop", asks={"work": (NATS,)})
    needed = of_functions(image, "shop_dev", ["work"], {}, takes=False)
    with nats_server() as url:
        monkeypatch.setenv("PORTABLE_NATS", url)
        found = Engines(needed)
        assert found.missing() is None
    until(found, missing=True)
    time.sleep(0.5)  # it is asked some times more: a broken connection must not look like an answer
    assert found.missing() is not None
    nats_clients.shared().close()
