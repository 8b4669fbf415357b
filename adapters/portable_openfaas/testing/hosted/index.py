"""The server of the template python3-http, written to its published contract: `python index.py <port>`.

The contract (openfaas/python-flask-template, index.py and docs/languages/python): a Flask application behind waitress with
one route for every path and the methods GET, PUT, POST, PATCH and DELETE; it calls `handle(event, context)` of the module
`handler` in the package `function`. The event has body, headers, method, query and path as in Flask. If the result is a
dict, it holds statusCode, headers and body; None means an empty 200; anything else goes to Flask unchanged.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from typing import Any

from flask import Flask, jsonify, request

METHODS = ["GET", "PUT", "POST", "PATCH", "DELETE"]


class Event:
    """The request that the template passes to a handler."""

    def __init__(self) -> None:
        self.body = request.get_data()
        self.headers = request.headers
        self.method = request.method
        self.query = request.args
        self.path = request.path


class Context:
    """The context that the template passes to a handler."""

    def __init__(self) -> None:
        self.hostname = os.getenv("HOSTNAME", "localhost")


def reply_of(result: Any) -> Any:
    """Return the value for Flask that a handler's result stands for."""
    if result is None:
        return "", 200
    if type(result) is not dict:
        return result
    headers = result.get("headers", {})
    body = result.get("body", "")
    if headers.get("Content-type") != "application/octet-stream":
        body = jsonify(body) if type(body) is dict else str(body)
    return body, result.get("statusCode", 200), list(headers.items())


def application(handle: Callable[[], Callable[[Any, Any], Any]]) -> Flask:
    """Return the template's application. `handle()` returns the handler for the current request."""
    app = Flask("template")

    def call(path: str) -> Any:
        return reply_of(handle()(Event(), Context()))

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
