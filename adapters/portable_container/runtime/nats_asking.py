"""Questions to NATS over one connection: takes a subject and a body, returns the messages that answer.

nats-py's own `request` waits for its time limit when the server refuses the subject or the connection is lost. Here both
end a waiting question at once.

This module imports nats-py. It is loaded when the first connection is made.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from itertools import count

from nats import errors
from nats.aio.client import Client
from nats.js.errors import APIError

from portable_container.runtime.nats_errors import DENIED

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from nats.aio.msg import Msg

    Ask = tuple[str, bytes, Mapping[str, str] | None]
    """A subject, a body, and headers."""

PING_SECONDS = 5
"""How often the server is asked whether it is still there. A connection that is silent for three times as long is made again."""
RESETS = 2
"""How many connections that the server cuts off are made anew: it also cuts one off after a refusal, which may be lost then."""
STATUS = "Status"
"""The header of a message that the server itself sends instead of an answer, such as 503 for "nobody listens". A message
that a consumer gives out may have a header of this name from its sender; only that one has a subject for its acknowledgement."""


class Question:
    """A question that waits for up to `most` answers."""

    __slots__ = ("done", "found", "most", "subject")

    def __init__(self, subject: str, most: int) -> None:
        self.subject = subject
        self.most = most
        self.done: asyncio.Future[list[Msg]] = asyncio.get_running_loop().create_future()
        self.found: list[Msg] = []

    async def take(self, message: Msg) -> None:
        """Take an answer, or the server's word that there is none or no further one."""
        if self.done.done():
            return
        status = None if message.reply or message.headers is None else message.headers.get(STATUS)
        if status == "503":
            self.done.set_exception(errors.NoRespondersError())
        elif status is not None:
            self.done.set_result(self.found)
        else:
            self.found.append(message)
            if len(self.found) == self.most:
                self.done.set_result(self.found)

    def outcome(self) -> list[Msg] | Exception:
        """Return the answers or the error. A question that nobody has answered by now has timed out."""
        if not self.done.done():
            return self.found or errors.TimeoutError()
        error = self.done.exception()
        return error if isinstance(error, Exception) else self.done.result()

    def fail(self, error: Exception) -> None:
        """End the question."""
        if not self.done.done():
            self.done.set_exception(error)


class Bare(errors.SecureConnWantedError):
    """The server offers no TLS."""

    def __str__(self) -> str:
        return "the URL begins with tls://, but the server offers no TLS"


class Secure(Client):
    """A client that says who it is over TLS only, if a URL asks for TLS.

    nats-py itself sends the user and the password of `tls://` in the clear to a server that offers no TLS, and to whoever
    stands between and says that the server offers none.
    """

    secure = False

    def _connect_command(self) -> bytes:
        if self.secure and not self._server_info.get("tls_required"):
            raise Bare
        return super()._connect_command()


class Asking:
    """One connection, made by `connect`, and the questions that wait for answers."""

    def __init__(self, inbox: str) -> None:
        """`inbox` is the subject below which this process gets answers."""
        self.client = Secure()
        self._inbox = inbox
        self._numbers = count()
        self._waiting: dict[str, Question] = {}
        self._last: Exception = errors.TimeoutError()
        self._tries = 0
        self._resets = RESETS
        self._refused = asyncio.get_running_loop().create_future()

    async def connect(self, servers: list[str], credentials: str | None, seconds: float) -> None:
        """Connect within `seconds`. Raises the last error when every server has refused once. A lost connection is made again later."""
        self.client.secure = any(server.lower().startswith("tls://") for server in servers)
        options: dict[str, Any] = {} if credentials is None else {"user_credentials": credentials}
        connecting = self.client.connect(
            servers,
            error_cb=self._on_error,
            disconnected_cb=self._on_lost,
            name="portable",
            connect_timeout=max(1, int(seconds)),
            max_reconnect_attempts=-1,
            reconnect_time_wait=1,
            ping_interval=PING_SECONDS,
            inbox_prefix=self._inbox,
            **options,
        )
        trying, self._tries = asyncio.ensure_future(connecting), len(servers)
        await asyncio.wait({trying, self._refused}, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        if not trying.done():
            trying.cancel()
            with suppress(OSError):  # the server has cut off a connection that it refused
                await self.client.close()
            raise self._last
        await trying
        self._inbox = self.client.new_inbox()
        await self.client.subscribe(f"{self._inbox}.*", cb=self._on_answer, pending_bytes_limit=-1)

    async def ask_each(self, asked: Sequence[Ask], seconds: float) -> list[Msg | Exception]:
        """Return the answer or the error of each question: a subject, a body and headers. They are asked in order.

        The errors are nats-py's: TimeoutError after `seconds`, NoRespondersError if nobody listens.
        """
        questions = {str(next(self._numbers)): Question(subject, 1) for subject, _, _ in asked}
        self._waiting |= questions
        try:
            for (own, question), (_, body, headers) in zip(questions.items(), asked, strict=True):
                await self._send(question, body, headers, f"{self._inbox}.{own}")
            await asyncio.wait([question.done for question in questions.values()], timeout=seconds)
        finally:
            for own in questions:
                del self._waiting[own]
        outcomes = [question.outcome() for question in questions.values()]
        return [outcome if isinstance(outcome, Exception) else outcome[0] for outcome in outcomes]

    async def pull(self, subject: str, body: bytes, most: int, seconds: float) -> list[Msg]:
        """Return up to `most` messages that a consumer gives out: fewer if the server says that there are no more.

        They keep the subjects to which they were sent, so only a subscription of its own tells whose they are.
        """
        question, inbox = Question(subject, most), self.client.new_inbox()
        self._waiting[inbox] = question
        given = await self.client.subscribe(inbox, cb=question.take, pending_bytes_limit=-1)
        try:
            await self._send(question, body, None, inbox)
            await asyncio.wait([question.done], timeout=seconds)
        finally:
            del self._waiting[inbox]
            await given.unsubscribe()
        outcome = question.outcome()
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    async def _send(self, question: Question, body: bytes, headers: Mapping[str, str] | None, inbox: str) -> None:
        """Ask. What cannot be asked has failed."""
        if not self.client.is_connected:
            question.fail(errors.ConnectionReconnectingError())
            return
        # nats-py counts the body alone, and the server would end the connection
        if len(body) + size_of(headers) > self.client.max_payload:
            question.fail(errors.MaxPayloadError())
            return
        try:
            await self.client.publish(question.subject, body, inbox, None if headers is None else dict(headers))
        except errors.Error as error:
            question.fail(error)

    async def close(self) -> None:
        """Close the connection."""
        await self.client.close()

    async def _on_answer(self, message: Msg) -> None:
        question = self._waiting.get(message.subject.rpartition(".")[2])
        if question is not None:
            await question.take(message)

    async def _on_error(self, error: Exception) -> None:
        self._last = error
        if isinstance(error, ConnectionResetError) and self._resets:
            self._resets -= 1
            return
        self._tries -= 1
        if self._tries == 0 and not self._refused.done():
            self._refused.set_result(None)
        said = str(error)
        if DENIED not in said:
            return
        for question in list(self._waiting.values()):
            if f'"{question.subject.lower()}"' in said or "subscription" in said:
                question.fail(error)

    async def _on_lost(self) -> None:
        for question in list(self._waiting.values()):
            question.fail(errors.UnexpectedEOF())


def size_of(headers: Mapping[str, str] | None) -> int:
    """Return the bytes of headers, as the server counts them."""
    return 14 + sum(len(name) + len(value) + 4 for name, value in headers.items()) if headers else 0


def of_server(error: Mapping[str, Any]) -> APIError:
    """Return the error that JetStream put into an answer."""
    return APIError(
        code=int(error.get("code", 0)), err_code=int(error.get("err_code", 0)), description=error.get("description")
    )
