"""Plain values in, YAML text out: keys in their order, texts quoted where YAML could take them for something else."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

WIDTH = 80
_PLAIN = re.compile(r"(?:[A-Za-z_/]|\.(?=.*/))[\w ./@=-]*[\w./]")
"""What every reader takes for a text. `.5`, `.inf` and `...` are none, so a point at the beginning needs a slash after it."""
_WORDS = frozenset(("true", "false", "yes", "no", "on", "off", "null", "y", "n"))


def yaml_text(value: Mapping[str, Any], comments: tuple[str, ...] = ()) -> str:
    """Return a document: a line for each comment, and the value."""
    head = "".join(f"# {' '.join(comment.splitlines())}\n" for comment in comments)
    return f"---\n{head}{chr(10).join(_mapping(value, ''))}\n"


def _mapping(value: Mapping[str, Any], indent: str) -> Iterator[str]:
    for key, item in value.items():
        yield from _entry(f"{indent}{_text(key)}:", item, indent)


def _entry(head: str, item: Any, indent: str) -> Iterator[str]:
    if isinstance(item, Mapping) and item:
        yield head
        yield from _mapping(item, f"{indent}  ")
    elif isinstance(item, (list, tuple)) and item:
        yield head
        for each in item:
            yield from _item(each, f"{indent}  ")
    elif isinstance(item, str) and _stands(item):
        yield f"{head} |" if item.endswith("\n") else f"{head} |-"
        yield from (f"{indent}  {line}" if line else "" for line in item.rstrip("\n").split("\n"))
    elif isinstance(item, str) and _folds(item, head):
        yield f"{head} >-"
        yield from (f"{indent}  {line}" for line in _folded(item, WIDTH - len(indent) - 2))
    else:
        yield f"{head} {_scalar(item)}"


def _item(value: Any, indent: str) -> Iterator[str]:
    if isinstance(value, Mapping) and value:
        lines = list(_mapping(value, f"{indent}  "))
        yield f"{indent}- {lines[0].lstrip()}"
        yield from lines[1:]
    elif isinstance(value, str) and (_stands(value) or _folds(value, indent)):
        yield from _entry(f"{indent}-", value, indent)
    else:
        yield f"{indent}- {_scalar(value)}"


def _stands(value: str) -> bool:
    """Say whether a text of several lines is read back as it stands: others are written as JSON."""
    lines = value.removesuffix("\n").split("\n")
    whole = len(lines) > 1 or value.endswith("\n")
    return whole and lines[0][:1] not in ("", " ") and lines[-1] != "" and all(line.isprintable() for line in lines)


def _folds(value: str, head: str) -> bool:
    """Say whether a text is too long for its line, and the same when its spaces are the ends of lines."""
    words = value.split(" ")
    return (
        len(head) + len(value) + 4 > WIDTH
        and len(words) > 1
        and "" not in words
        and value.isascii()
        and value.isprintable()
    )


def _folded(value: str, width: int) -> list[str]:
    lines: list[str] = []
    for word in value.split(" "):
        if lines and len(lines[-1]) + 1 + len(word) <= width:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return lines


def _scalar(value: Any) -> str:
    return _text(value) if isinstance(value, str) else _json(value)


def _text(value: str) -> str:
    plain = _PLAIN.fullmatch(value) and value.lower() not in _WORDS and " #" not in value
    return value if plain else _json(value)


def _json(value: Any) -> str:
    return "".join(map(_written, json.dumps(value, ensure_ascii=False)))


def _written(letter: str) -> str:
    """Return a letter as it may stand between quotation marks: YAML takes no letter that cannot be printed."""
    if letter.isprintable():
        return letter
    return f"\\u{ord(letter):04x}" if ord(letter) < 0x10000 else f"\\U{ord(letter):08x}"
