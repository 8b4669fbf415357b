"""`replay`: a cloud and a recorded event in; the call of a function with it, through the adapter that it came from, out."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from portable.testing.cloud import Cloud
from portable.testing.http.client import HttpResponse


def replay(
    cloud: Cloud,
    source: str | Path | dict[str, Any],
    function: str | Callable[..., Any] | None = None,
    target: str | None = None,
) -> HttpResponse | None:
    """Call a function with a recorded event: `cloud.replay(source, function, target)`."""
    return cloud.replay(source, function, target)
