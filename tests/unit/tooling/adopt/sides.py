"""An app of another framework and what `portable adopt` makes of it, side by side on the same requests."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib import import_module
from itertools import count
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

from portable.testing import Cloud
from portable.testing.app import load_modules
from portable.testing.session.session import Session
from portable.tooling.adopt.adopting import adopt
from portable.tooling.adopt.values import Adopted, Kind

_NUMBERS = count()


class Asked(NamedTuple):
    """One request."""

    method: str
    path: str
    body: bytes = b""
    headers: Mapping[str, str] = {}

    def __str__(self) -> str:
        return f"{self.method} {self.path} {self.body.decode()}"


class Answer(NamedTuple):
    """What a client sees of a reply: JSON by its value, other bodies by their bytes."""

    status: int
    body: object
    headers: dict[str, str]

    @classmethod
    def of(cls, status: int, body: bytes, headers: Mapping[str, Any], told: tuple[str, ...]) -> Answer:
        """Return what is compared. The header names are those that the test asks about."""
        lower = {name.lower(): value for name, value in headers.items()}
        try:
            value: object = json.loads(body)
        except ValueError:
            value = body
        return cls(status, value, {name: str(lower[name]) for name in told if name in lower})


def as_json(**values: object) -> tuple[bytes, dict[str, str]]:
    """Return a body of JSON and its headers."""
    return json.dumps(values).encode(), {"content-type": "application/json"}


@contextmanager
def sides(text: str, folder: Path) -> Iterator[tuple[ModuleType, ModuleType, Cloud, Adopted]]:
    """Give the module of a source, the module that it becomes, a cloud of that, and the adoption."""
    name = f"adopted_{next(_NUMBERS)}"
    (folder / f"{name}_source.py").write_text(text, encoding="utf-8")
    adopted = adopt(folder / f"{name}_source.py")
    for path, content in adopted.files.items():
        place = folder / (f"{name}.py" if path == f"{name}_source.py" else path)
        place.write_bytes(content)
    sys.path.insert(0, str(folder))
    try:
        before, after = import_module(f"{name}_source"), import_module(name)
        session = Session(load_modules([after]))
        cloud = Cloud(session.app, session, None)
        yield before, after, cloud, adopted
        cloud.close()
        session.close()
    finally:
        sys.path.remove(str(folder))
        for loaded in (name, f"{name}_source", "view_errors", "environment"):
            sys.modules.pop(loaded, None)


def answer(cloud: Cloud, asked: Asked, told: tuple[str, ...]) -> Answer:
    """Return what the adopted app answers."""
    reply = cloud.http.request(asked.method, asked.path, content=asked.body, headers=dict(asked.headers))
    return Answer.of(reply.status_code, reply.content, reply.headers, told)


def written(text: str, folder: Path, path: str = "app.py") -> tuple[str, Adopted]:
    """Return what a source becomes, and the adoption."""
    (folder / path).write_text(text, encoding="utf-8")
    adopted = adopt(folder / path)
    return adopted.files[path].decode(), adopted


def told(adopted: Adopted, kind: Kind) -> list[tuple[str, str]]:
    """Return the notes of a kind: the line, and what it tells."""
    return [(note.where.rpartition(":")[2], note.what) for note in adopted.notes if note.kind is kind]
