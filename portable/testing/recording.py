"""Captured provider events as fixture files: writes an event to a JSON file without secrets, and reads it again.

A file holds the target, the function and the event. A plain event of AWS, as copied from a log, can be replayed too.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from portable.compute.context import Context
from portable.errors import EventError
from portable.testing.redacting import redacted

FORMAT = 1


@dataclass(frozen=True)
class Recorded:
    """A captured event: what the target's entry of a function was given, as JSON values."""

    target: str
    function: str
    event: Any


def record(event: Any, path: str | Path, *, target: str, function: str | Callable[..., Any] | None = None) -> Recorded:
    """Write a captured event to a file, without its secrets, and return what was written.

    `event` is the provider's event, or the `Context` of the call that got it; then `function` may be left out.
    Values under names like "password" are replaced, also in encoded text, and so are tokens, keys and signatures
    (`portable.testing.redacting`). Only the owner of the file can read it.
    """
    name = getattr(getattr(function, "__portable__", None), "name", function)
    if isinstance(event, Context):
        name = name or event.function
        event = event.native[0]
    if not isinstance(name, str):
        raise EventError("the name of the function whose event this is", repr(function))
    from portable.tooling.run.wired import kit_of

    kit = kit_of(target)
    if kit is None:
        raise EventError("a target whose events can be recorded", target)
    found = Recorded(target, name, redacted(kit.plain(event)))
    fields = {"portable": FORMAT, "target": target, "function": name, "event": found.event}
    file = Path(path)
    file.parent.mkdir(parents=True, exist_ok=True)
    _write(file, json.dumps(fields, indent=2, ensure_ascii=False) + "\n")
    return found


def read(source: str | Path | dict[str, Any], function: str | None = None, target: str | None = None) -> Recorded:
    """Return a recorded event from a file, or a bare event of a target from a file or dict. Raises EventError."""
    found = source if isinstance(source, dict) else json.loads(Path(source).read_text(encoding="utf-8"))
    if isinstance(found, dict) and found.get("portable") == FORMAT and "event" in found:
        return Recorded(target or found["target"], function or found["function"], found["event"])
    if target is None or function is None:
        raise EventError("a recorded event, or a bare one with its target and function", str(source)[:200])
    return Recorded(target, function, found)


def _write(file: Path, text: str) -> None:
    """Write a file that only its owner can read: it may still hold secrets that were not recognized."""
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as opened:
        if hasattr(os, "fchmod"):
            os.fchmod(opened.fileno(), 0o600)  # the file may have existed before
        opened.write(text)
