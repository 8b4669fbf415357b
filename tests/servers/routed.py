"""An HTTP server on a loopback port with routes of its own: the shape of a cloud's API, with a state that tests look at."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from servers.answering import Reply, answering


@dataclass(frozen=True)
class Call:
    """A request that came: its method, path with the query, headers (names in lower case) and body."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body) if self.body else None


@dataclass(frozen=True)
class Said:
    """An answer; `value` is JSON, or bytes as they are."""

    value: Any = None
    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()

    def body(self) -> bytes:
        return self.value if isinstance(self.value, bytes) else json.dumps(self.value).encode()


Route = tuple[str, str, Callable[[Call], Said]]
"""A method, a pattern of the whole path, and what answers."""


@dataclass
class Routed:
    """The server: its address, its routes, the calls it got, and answers that come before all routes."""

    address: str
    routes: list[Route] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)
    first: list[Said] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://{self.address}"

    def asked(self, pattern: str) -> list[Call]:
        """Return the calls whose method and path fit a pattern."""
        return [call for call in self.calls if re.search(pattern, f"{call.method} {call.path}")]

    def answer(self, call: Call) -> Said:
        self.calls.append(call)
        if self.first:
            return self.first.pop(0)
        for method, pattern, answer in self.routes:
            if call.method == method and re.fullmatch(pattern, call.path):
                return answer(call)
        return Said({"error": {"code": "NotFound", "message": f"there is no {call.path}"}}, 404)


@contextmanager
def routed() -> Iterator[Routed]:
    """Serve until the block ends."""

    found = Routed("")

    def answer(method: str, path: str, headers: Mapping[str, str], body: bytes) -> Reply:
        said = found.answer(Call(method, path, headers, body))
        return said.status, said.headers, said.body()

    with answering(answer) as found.address:
        yield found
