"""The connection to NATS that a process shares: takes questions, returns their answers.

PORTABLE_NATS has the servers' URLs, separated by commas: `nats://user:password@host:4222`, or `tls://` with TLS.
PORTABLE_NATS_CREDENTIALS is the path of a credentials file, if the user and its password are not in the URL. Answers come
to subjects below `_ANSWERS.<user>`, so that no identity can read another's (PORTABLE_NATS_INBOX names another prefix).
"""

from __future__ import annotations

import asyncio
import json
import os
from functools import cache
from importlib.util import find_spec
from urllib.parse import unquote

from portable.base.backoff import until_deadline, within
from portable.base.calls import Calls, Extra, passing
from portable.base.kept import Kept
from portable.base.logs import quiet
from portable.errors import ConfigurationError, Timeout
from portable_container.runtime.nats_errors import classify
from portable_container.runtime.nats_loop import Loop
from portable_container.runtime.nats_urls import is_url, parts, place
from portable_container.runtime.nats_wires import MOST, Wires

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Mapping, Sequence
    from concurrent.futures import Future
    from typing import Any, Protocol, TypeVar

    from nats.aio.client import Client
    from nats.aio.msg import Msg

    from portable_container.runtime.nats_asking import Ask, Asking
    from portable_container.runtime.nats_wire import Wire

    T = TypeVar("T")

    class Answer(Protocol):
        """What answers a question."""

        data: bytes


SECONDS = 5.0
"""The longest wait for a connection, and for one answer. A call of a function waits no longer than its own deadline."""
AT_ONCE = 256
"""How many questions of one call wait at the same time. At 48 KiB each they are 12 MB."""
_VARIABLES = ("PORTABLE_NATS", "PORTABLE_NATS_CREDENTIALS", "PORTABLE_NATS_INBOX")


def again(error: Exception) -> bool:
    """Return whether a question may be asked again. The server drops a message that it has already (`Nats-Msg-Id`)."""
    return passing(error) or isinstance(error, Timeout)


class Nats:
    """The connection of this process to one cluster of servers."""

    def __init__(
        self,
        servers: str,
        credentials: str | None = None,
        inbox: str | None = None,
        remaining: Callable[[], float] = until_deadline,
    ) -> None:
        """`servers` has URLs, separated by commas; `remaining` returns the seconds until the deadline."""
        self.servers = [server.strip() for server in servers.split(",") if server.strip()]
        if not self.servers:
            raise ConfigurationError("PORTABLE_NATS is not set: nats://host:4222, or several, separated by commas")
        if not all(map(is_url, self.servers)):
            raise ConfigurationError(
                "PORTABLE_NATS has a URL that cannot be read: write nats:// or tls://user:password@host:4222, with a password of letters and digits"
            )
        if credentials and find_spec("nkeys") is None:
            raise ConfigurationError(
                "a credentials file of NATS is read by nkeys, which the app must have as a dependency"
            )
        self.credentials = credentials
        self.inbox = inbox or _inbox(self.servers[0])
        self.calls = Calls(classify, remaining)
        self._kept = Kept()

    @property
    def places(self) -> list[str]:
        """The host and port of each server, without what is secret in its URL."""
        return [place(server) for server in self.servers]

    def ask(self, subject: str, body: bytes = b"", headers: Mapping[str, str] | None = None) -> Answer:
        """Return the answer to a question. Raises nats-py's errors."""
        [answer] = self.ask_each([(subject, body, headers)])
        if isinstance(answer, Exception):
            raise answer
        return answer

    def ask_each(self, questions: Sequence[Ask]) -> list[Answer | Exception]:
        """Return the answer or the error of each question. They are asked in order, without waiting for answers."""
        if len(questions) == 1 and (found := self._ask_alone(questions[0])) is not None:
            return [found]
        seconds = within(SECONDS)

        async def asking() -> list[Answer | Exception]:
            asker = await self._connected(seconds)
            found: list[Answer | Exception] = []
            for start in range(0, len(questions), AT_ONCE):
                found += await asker.ask_each(questions[start : start + AT_ONCE], seconds)
            return found

        return self.run(asking())

    def pull(self, subjects: Sequence[str], question: Mapping[str, Any], most: int) -> list[Msg]:
        """Return what consumers give out, up to `most` messages each. Raises the first error."""
        seconds, body = within(SECONDS), json.dumps(question).encode()

        async def asking() -> list[Msg]:
            asker = await self._connected(seconds)
            found = await asyncio.gather(*(asker.pull(subject, body, most, seconds) for subject in subjects))
            return [message for messages in found for message in messages]

        return self.run(asking())

    def check(self, error: Exception, subject: str) -> None:
        """Raise why nobody listens, if `error` says so: an APIError if what `subject` tells of does not exist."""
        from nats.errors import NoRespondersError

        if isinstance(error, NoRespondersError):
            self.api(subject)

    def api(self, subject: str, question: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Return JetStream's answer to a question below `$JS.API`. Raises its error as nats-py's APIError."""
        return read(self.ask(f"$JS.API.{subject}", b"" if question is None else json.dumps(question).encode()))

    def connected(self) -> Client:
        """Return nats-py's client, connected. It belongs to the loop in which `run` runs coroutines."""
        return self.run(self._connected(within(SECONDS))).client

    async def join(self) -> Client:
        """Return nats-py's client, for who runs in its loop. One that has closed for good is replaced. Raises nats-py's errors."""
        return (await self._connected(SECONDS)).client

    def unwrap(self, native: type) -> object:
        """Return nats-py's client if it is of type `native`."""
        client = self.connected()
        return client if isinstance(client, native) else None

    def run(self, coroutine: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine in the loop of the connection and return its result."""
        return self._loop().run(coroutine)

    def start(self, coroutine: Coroutine[Any, Any, T]) -> Future[T]:
        """Begin to run a coroutine in the loop of the connection."""
        return self._loop().start(coroutine)

    def soon(self, action: Callable[[], object]) -> None:
        """Call `action` in the loop of the connection."""
        self._loop().loop.call_soon_threadsafe(action)

    def close(self) -> None:
        """Close the connection. The next question makes a new one."""
        loop, kept = self._loop(), self._kept
        self._kept = Kept()
        kept.get("wires", self._wires).close()
        held: list[Asking] = kept.get("asking", list)
        for asker in held:
            loop.run(asker.close())
        loop.stop()

    def _ask_alone(self, question: Ask) -> Answer | Exception | None:
        """Ask over a connection that is lent. Return None if there is none."""
        wires: Wires = self._kept.get("wires", self._wires)
        try:
            return wires.ask(question, within(SECONDS))
        except Exception as error:  # noqa: BLE001 - it is the outcome
            return error

    def _wires(self) -> Wires:
        def connect(seconds: float) -> Wire:
            from portable_container.runtime.nats_wire import connected

            return connected(self.servers, self.inbox, seconds)

        only_shared = self.credentials or any(parts(server).scheme in ("ws", "wss") for server in self.servers)
        return Wires(connect, 0 if only_shared else MOST)

    def _loop(self) -> Loop:
        return self._kept.get("loop", Loop)  # type: ignore[no-any-return]

    async def _connected(self, seconds: float) -> Asking:
        lock: asyncio.Lock = self._kept.get("lock", asyncio.Lock)
        held: list[Asking] = self._kept.get("asking", list)
        if held and not held[0].client.is_closed:
            return held[0]
        async with lock:
            if not held or held[0].client.is_closed:
                with Extra("container", "nats-py"):
                    from portable_container.runtime.nats_asking import Asking
                quiet("nats")
                asker = Asking(self.inbox)
                await asker.connect(self.servers, self.credentials, seconds)
                held[:] = [asker]
            return held[0]


def read(answer: Answer) -> dict[str, Any]:
    """Return the JSON of an answer of JetStream. Raises its error as nats-py's APIError."""
    found: dict[str, Any] = json.loads(answer.data)
    if "error" in found:
        from portable_container.runtime.nats_asking import of_server

        raise of_server(found["error"])
    return found


def _inbox(server: str) -> str:
    user = parts(server).username
    return inbox_of(unquote(user)) if user else "_INBOX"


def inbox_of(user: str) -> str:
    """Return the subject below which a user gets answers. It is not below `_INBOX`, where other programs get theirs."""
    return f"_ANSWERS.{user}"


def shared() -> Nats:
    """Return the connection of this process. There is one for each setting of its variables."""
    return _shared(*map(os.environ.get, _VARIABLES))


@cache
def _shared(servers: str | None, credentials: str | None, inbox: str | None) -> Nats:
    return Nats(servers or "", credentials, inbox)
