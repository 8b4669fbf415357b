"""A store that tells of its objects as MinIO does: the address of an S3 server in, that of a proxy before it out.

MinIO itself runs nowhere here. What the proxy tells is what `portable_container.testing.objects` writes from MinIO's source.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.client import HTTPConnection
from urllib.parse import unquote, urlsplit

from servers.answering import Reply, answering

from portable.storage.event import StoredObject
from portable_container.testing.objects import notification

_DROPPED = ("transfer-encoding", "content-length", "connection")
_EVENTS = {"PUT": "created", "DELETE": "deleted"}


@contextmanager
def notifying(store: str, tell: Callable[[bytes], object]) -> Iterator[str]:
    """Yield the URL of the proxy. `tell` gets the notification of each object that is put or deleted, before the reply."""
    address = urlsplit(store).netloc

    def answer(method: str, path: str, headers: Mapping[str, str], body: bytes) -> Reply:
        connection = HTTPConnection(address, timeout=30)
        try:
            connection.request(method, path, body, dict(headers))
            reply = connection.getresponse()
            content = reply.read()
        finally:
            connection.close()
        given = {name.lower(): value for name, value in reply.getheaders() if name.lower() not in _DROPPED}
        bucket, _, key = urlsplit(path).path[1:].partition("/")
        if method in _EVENTS and key and reply.status < 300:
            etag = given.get("etag", "").strip('"')
            stored = StoredObject(bucket, unquote(key), len(body), etag or None)
            tell(json.dumps(notification(stored, _EVENTS[method])).encode())
        return reply.status, given.items(), content

    with answering(answer) as own:
        yield f"http://{own}"
