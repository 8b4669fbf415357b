"""The sample `photos`, packaged and run as Google Cloud runs it: a service per target, one bucket on an XML API server."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from servers.gcs_xml import gcs_server

from portable.eventing.message import Message
from portable.eventing.schedule import Tick
from portable.storage.event import StoredObject
from portable_gcp.testing.messages import encode_message
from portable_gcp.testing.native import Native
from portable_gcp.testing.objects import encode_object
from portable_gcp.testing.process import ServiceProcess
from portable_gcp.testing.schedule import encode_tick

pytest.importorskip("functions_framework", reason="the host is not installed: uv pip install functions-framework")
pytest.importorskip("obstore", reason="the buckets' client is not installed: uv pip install obstore")

JPEG = b"\xff\xd8\xff" + bytes(range(256))


@pytest.fixture(scope="module")
def start(package: Any) -> Iterator[Callable[[str], ServiceProcess]]:
    """Return a function that starts a target of the sample once and gives its service."""
    bundle: Path = package("samples/photos", "gcp") / "bundle"
    running: dict[str, ServiceProcess] = {}
    with ExitStack() as stack:
        server = stack.enter_context(gcs_server("photos-bucket"))
        environment = {"PORTABLE_BUCKET_PHOTOS": "photos-bucket", "STORAGE_EMULATOR_HOST": server.url}

        def host(target: str) -> ServiceProcess:
            if target not in running:
                running[target] = stack.enter_context(ServiceProcess(bundle, target, environment))
            return running[target]

        yield host


def send(host: ServiceProcess, native: Native) -> int:
    return host.send(native).status


def test_a_photo_walks_through_every_function(start: Callable[[str], ServiceProcess]) -> None:
    web = start("http")
    stored = web.request("PUT", "/photos/caf%C3%A9.jpg", JPEG, {"content-type": "image/jpeg"})
    assert (stored.status, stored.json()) == (201, {"stored": "café.jpg", "size": len(JPEG)})
    assert web.request("PUT", "/photos/empty.jpg").status == 400

    back = web.request("GET", "/photos/caf%C3%A9.jpg")
    assert (back.status, back.header("content-type"), back.body) == (200, "image/jpeg", JPEG)
    assert web.request("GET", "/photos/none.jpg").json() == {"detail": "there is no photo none.jpg"}

    created = encode_object(StoredObject("photos-bucket", "originals/café.jpg", len(JPEG), "e", "1"), "created")
    assert send(start("index"), created) == 204
    assert send(start("index"), created) == 204
    record = {"name": "café.jpg", "size": len(JPEG), "media_type": "image/jpeg"}
    assert web.request("GET", "/photos").json() == [record]

    job = json.dumps({"source": "café.jpg", "target": "b.jpg"}).encode()
    assert send(start("work"), encode_message(Message("1", job, 1))) == 204
    assert send(start("work"), encode_message(Message("1", job, 2))) == 204
    assert web.request("GET", "/photos/b.jpg").body == JPEG
    assert web.request("GET", "/photos/caf%C3%A9.jpg").status == 404
    missing = json.dumps({"source": "nowhere.jpg", "target": "c.jpg"}).encode()
    assert [send(start("work"), encode_message(Message("2", missing, attempt))) for attempt in (1, 4, 5)] == [
        500,
        500,
        204,
    ]

    assert send(start("nightly"), encode_tick(Tick(datetime(2026, 1, 5, 2, tzinfo=UTC)))) == 204
    assert "failed" not in start("nightly").log
