"""Takes the docstring of a handler; returns what the document says of its operation.

The first line is the summary and what follows is the description. Sections are those of Google's style: `Tags:` names the
groups of the operation, `Example:` holds a body as JSON, and `Raises:` (or `Errors:`) says when which status is sent.
"""

from __future__ import annotations

import inspect
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

NOTHING: Any = object()
"""Stands for the example of a docstring that has none."""
_HEADING = re.compile(r"(tags|examples?|raises|errors):\s*(.*)", re.IGNORECASE)
_STATUS = re.compile(r"[^\d\s]*[\s(]*([45]\d\d)\)?\s*:\s*(.*)")


@dataclass(frozen=True, slots=True)
class Said:
    """What a docstring says. `errors` are the descriptions of statuses; `example` is `NOTHING` where there is none."""

    summary: str = ""
    description: str = ""
    tags: tuple[str, ...] = ()
    example: Any = NOTHING
    errors: tuple[tuple[int, str], ...] = ()


def said(handler: Callable[..., Any]) -> Said:
    """Return what the docstring of a handler says."""
    text = inspect.getdoc(handler) or ""
    summary, _, rest = text.partition("\n\n")
    if _HEADING.match(summary):
        summary, rest = "", text
    tags: tuple[str, ...] = ()
    example: Any = NOTHING
    errors: list[tuple[int, str]] = []
    kept = []
    for heading, section in _sections(rest):
        content = "\n".join(section).rstrip()
        if heading == "tags":
            tags = tuple(name.strip() for name in content.replace("\n", ",").split(",") if name.strip())
        elif heading.startswith("example") and (found := _json(content)) is not NOTHING:
            example = found
        elif heading in ("raises", "errors") and (listed := list(_statuses(section))):
            errors += listed
        else:
            kept.append(f"{heading.capitalize()}:\n{content}" if heading else content)
    return Said(" ".join(summary.split()), "\n\n".join(kept).strip(), tags, example, tuple(errors))


def _sections(text: str) -> Iterator[tuple[str, list[str]]]:
    """Yield the parts of a text with their headings in lower case; text without a heading has ""."""
    heading, lines = "", list[str]()
    for line in text.splitlines():
        found = _HEADING.fullmatch(line)
        left = heading and line.strip() and not line.startswith(" ")
        if found or left:
            yield heading, lines
            heading, lines = (found[1].lower(), [found[2]] if found[2] else []) if found else ("", [line])
        else:
            lines.append(line)
    yield heading, lines


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return NOTHING


def _statuses(lines: list[str]) -> Iterator[tuple[int, str]]:
    """Yield each status of a section with its description, which may go on in lines that are further indented."""
    status, words = 0, list[str]()
    for line in inspect.cleandoc("\n".join(["", *lines])).splitlines():
        found = _STATUS.fullmatch(line)
        if found:
            if status:
                yield status, " ".join(words)
            status, words = int(found[1]), [found[2]]
        elif status:
            words.append(line.strip())
    if status:
        yield status, " ".join(words).strip()
