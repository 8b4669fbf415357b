"""One app in two worlds that a test drives alike: in memory, and as packaged processes on real engines."""

from __future__ import annotations

import json
from collections.abc import Callable
from itertools import cycle
from typing import NamedTuple, Protocol

from servers.waiting import until
from walk.container_stage import TOKEN, ContainerStage, Role

from portable import Bucket
from portable.storage.event import StoredObject
from portable.testing import Cloud
from portable.testing.processes import Answer
from portable_container.runtime.addresses import bucket_name
from portable_container.runtime.nats_clients import Nats
from portable_container.testing.objects import notification


class Told(NamedTuple):
    """What a client sees of a reply."""

    status: int
    media_type: str | None
    body: bytes


class Driven(Protocol):
    """An app that a test can drive."""

    def request(self, method: str, path: str) -> Told: ...
    def stored(self, key: str) -> None: ...
    def removed(self, key: str) -> None: ...
    def seen(self, path: str, wanted: Told | None) -> Told: ...


class InMemory:
    """The app in the memory kit. Objects tell of themselves there."""

    def __init__(self, cloud: Cloud, bucket: str) -> None:
        self._cloud = cloud
        self._bucket = bucket

    def request(self, method: str, path: str) -> Told:
        """Send a request."""
        answer = self._cloud.http.request(method, path)
        return Told(answer.status_code, answer.headers.get("content-type"), answer.content)

    def stored(self, key: str) -> None:
        """Do nothing: the kit does it."""

    def removed(self, key: str) -> None:
        """Delete an object."""
        self._cloud.bucket(Bucket(self._bucket)).delete(key)

    def seen(self, path: str, wanted: Told | None) -> Told:
        """Return what is there when all is done."""
        self._cloud.settle()
        return self.request("GET", path)


class OnEngines:
    """The app in processes. The test tells of objects as the store does: by NATS, and by the webhook in turn."""

    def __init__(self, stage: ContainerStage, serving: list[Role], bucket: str) -> None:
        self._stage = stage
        self._bucket = bucket
        self._name = bucket_name(stage.app, "dev", bucket)
        self._serving = cycle(serving)
        self._nats = Nats(stage.nats_of("store"), inbox="_INBOX")
        self._ways: cycle[Callable[[bytes], None]] = cycle((self._publish, self._post))

    def request(self, method: str, path: str) -> Told:
        """Send a request, to one replica after the other."""
        return told(next(self._serving).request(method, path))

    def stored(self, key: str) -> None:
        """Tell of an object that was stored."""
        self._tell(StoredObject(self._name, key, 1, "etag"), "created")

    def removed(self, key: str) -> None:
        """Delete an object and tell of it."""
        self._stage.delete_object(self._name, key)
        self._tell(StoredObject(self._name, key), "deleted")

    def seen(self, path: str, wanted: Told | None) -> Told:
        """Return what is there when it is what is wanted, or the last of it when the time is up."""
        found: Told = until(lambda: self.request("GET", path), lambda found: found == wanted, 20)
        return found

    def close(self) -> None:
        """Leave NATS."""
        self._nats.close()

    def _tell(self, stored: StoredObject, event: str) -> None:
        next(self._ways)(json.dumps(notification(stored, event)).encode())

    def _publish(self, body: bytes) -> None:
        answer = self._nats.ask(f"{self._stage.app}.dev.bucket.{self._bucket}", body)
        assert b'"seq"' in answer.data, answer.data

    def _post(self, body: bytes) -> None:
        path = f"/_portable/objects/{self._bucket}"
        headers = {"authorization": f"Bearer {TOKEN}", "content-type": "application/json"}
        answer = next(self._serving).request("POST", path, body, headers)
        assert 200 <= answer.status < 300, answer


def told(answer: Answer) -> Told:
    """Return what a client sees of a reply over the network."""
    return Told(answer.status, answer.header("content-type"), answer.body)
