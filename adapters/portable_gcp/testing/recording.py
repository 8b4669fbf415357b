"""Converts requests of Cloud Run to JSON values and back."""

from __future__ import annotations

from base64 import b64decode, b64encode
from io import BytesIO
from typing import Any

import flask

from portable_gcp.runtime.http import decode
from portable_gcp.testing.http import encode_request
from portable_gcp.testing.native import Native


def plain(event: Any) -> dict[str, Any]:
    """Return a Flask request, a WSGI environment or a `Native` as JSON values. Raises TypeError for anything else."""
    if isinstance(event, Native):
        return _fields(event)
    request = event if isinstance(event, flask.Request) else None
    environ = request.environ if request is not None else event
    if not isinstance(environ, dict):
        raise TypeError(f"{type(event).__name__} is not a request")
    if request is not None:
        body = request.get_data()
    else:
        body = environ["wsgi.input"].read()
        environ["wsgi.input"] = BytesIO(body)
    return _fields(encode_request(decode(environ, body)))


def native(event: dict[str, Any]) -> Native:
    """Return the request that `plain` made these values from."""
    body = b64decode(event["body_base64"]) if "body_base64" in event else event["body"].encode()
    return Native(event["method"], event["path"], event["query"], tuple(event["headers"].items()), body)


def _fields(found: Native) -> dict[str, Any]:
    fields: dict[str, Any] = {
        "method": found.method,
        "path": found.path,
        "query": found.query,
        "headers": dict(found.headers),
    }
    try:
        fields["body"] = found.body.decode()
    except UnicodeDecodeError:
        fields["body_base64"] = b64encode(found.body).decode()
    return fields
