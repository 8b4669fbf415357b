"""The server of the template python3-http, written to its published contract: `python index.py <port>`.

The contract (openfaas/python-flask-template, index.py and docs/languages/python): a flask application behind waitress with
one route for every path and the methods GET, PUT, POST, PATCH and DELETE; it calls `handle(event, context)` of the module
`handler` in the package `function`. The event has body, headers, method, query and path as flask gives them. A dict that
comes back is statusCode, headers and body; None is an empty 200; anything else goes to flask as it is.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from typing import Any

from flask import Flask, jsonify, request

METHODS = ["GET", "PUT", "POST", "PATCH", "DELETE"]


class Event:
    """The request, as the template gives it."""

    def __init__(self) -> None:
        self.body = request.get_data()
        self.headers = request.headers
        self.method = request.method
        self.query = request.args
        self.path = request.path


class Context:
    """Where the function runs, as the template tells it."""

    def __init__(self) -> None:
        self.hostname = os.getenv("HOSTNAME", "localhost")


def answer(found: Any) -> Any:
    """Return what flask is given for what a handler returned."""
    if found is None:
        return "", 200
    if type(found) is not dict:
        return found
    headers = found.get("headers", {})
    body = found.get("body", "")
    if headers.get("Content-type") != "application/octet-stream":
        body = jsonify(body) if type(body) is dict else str(body)
    return body, found.get("statusCode", 200), list(headers.items())


def application(handle: Callable[[], Callable[[Any, Any], Any]]) -> Flask:
    """Return the template's application; `handle()` gives the handler of the request that is being answered."""
    app = Flask("template")

    def call(path: str) -> Any:
        return answer(handle()(Event(), Context()))

    app.add_url_rule("/", "root", call, methods=METHODS, defaults={"path": ""})
    app.add_url_rule("/<path:path>", "call", call, methods=METHODS)
    return app


def main() -> None:
    """Serve the handler of the package `function` on a port of this machine."""
    from function import handler  # type: ignore[import-not-found]  # the folder of the artifact
    from waitress import serve

    serve(application(lambda: handler.handle), host="127.0.0.1", port=int(sys.argv[1]), _quiet=True)


if __name__ == "__main__":
    main()
