"""An HTTP server on a loopback port that gives scripted answers: what services say when they are busy, broken or closed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

from servers.answering import Reply, answering


@dataclass(frozen=True)
class Answer:
    """One answer."""

    status: int
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)


@dataclass
class Scripted:
    """The server: its URL, the answers it gives, the last one for ever, and the bodies of the requests it got."""

    url: str
    answers: list[Answer]
    requests: list[bytes] = field(default_factory=list)

    def play(self, *answers: Answer) -> None:
        """Begin anew with other answers."""
        self.answers[:] = answers
        self.requests.clear()


@contextmanager
def scripted() -> Iterator[Scripted]:
    """Serve until the block ends."""

    found = Scripted("", [Answer(500)])

    def answer(_method: str, _path: str, _headers: Mapping[str, str], body: bytes) -> Reply:
        found.requests.append(body)
        said = found.answers.pop(0) if len(found.answers) > 1 else found.answers[0]
        return said.status, said.headers.items(), said.body

    with answering(answer) as address:
        found.url = f"http://{address}"
        yield found
