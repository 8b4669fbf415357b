"""Takes an AppModel and whether `[tool.portable] otel` is on; returns the model whose functions are traced, or not."""

from __future__ import annotations

from msgspec.structs import replace

from portable.tooling.app.model import AppModel


def traced(app: AppModel, on: bool) -> AppModel:
    """Return the app with spans for each call of its functions, if they are `on`."""
    if not on:
        return app
    return replace(app, functions=tuple(replace(function, traced=True) for function in app.functions))
