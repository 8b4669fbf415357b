"""Takes an app that serves its OpenAPI document; returns it with the document and the page in it, as they ship."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from zlib import compress

from msgspec.structs import replace

from portable.compute.described import SERVERS
from portable.tooling.app.model import AppModel, FunctionModel


def with_documents(app: AppModel, handlers: Mapping[str, Callable[..., Any]], folder: Path) -> AppModel:
    """Return an app in which each function that serves the document, or its page, has what it sends."""
    if all(function.served is None for function in app.functions):
        return app
    from portable.tooling.app.openapi.document import document

    made = document(app, handlers, folder)
    return replace(app, functions=tuple(_filled(function, made) for function in app.functions))


def _filled(function: FunctionModel, made: Mapping[str, Any]) -> FunctionModel:
    served = function.served
    if served is None:
        return function
    if served.part == "document":
        return replace(function, served=replace(served, packed=_packed(with_servers(made))))
    from portable.tooling.app.openapi.page import page, policy

    return replace(function, served=replace(served, packed=_packed(page(made, served)), policy=policy()))


def with_servers(made: Mapping[str, Any]) -> str:
    """Return a document as JSON with the place where the handler writes the address of the app."""
    first = {key: made[key] for key in ("openapi", "info")}
    rest = {key: value for key, value in made.items() if key not in first}
    head, tail = (json.dumps(part, ensure_ascii=False, separators=(",", ":")) for part in (first, rest))
    return f"{head[:-1]},{SERVERS},{tail[1:]}"


def _packed(text: str) -> str:
    return b64encode(compress(text.encode(), 9)).decode()
