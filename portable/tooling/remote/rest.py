"""A request to an API of a cloud in, its JSON out; what the cloud refuses as an error for people. Used by targets without an SDK for it.

`requests` is imported at the first request: it comes with the extras of those targets.
"""

from __future__ import annotations

import json
import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import IO, Any

from portable.errors import Conflict, NotFound, PermissionDenied, PortableError, Throttled, Unavailable

TRIES = 7
"""Tries of a request that may be repeated."""
LONGEST_WAIT = 30.0
"""Seconds between two tries at most, whatever the cloud asks for."""
SECONDS = 60.0
"""Seconds that an answer may take."""
Data = bytes | Callable[[], IO[bytes]] | None
"""What is sent: bytes, or what opens a file anew for each try."""
_BUSY = (429, 500, 502, 503, 504)


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer: its status, headers (names in lower case, without cookies), body, and each Set-Cookie."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    cookies: tuple[str, ...] = ()

    def json(self) -> Any:
        """Return the body as JSON; None where it is none."""
        try:
            return json.loads(self.body) if self.body else None
        except ValueError:
            return None


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls the APIs of a cloud.

    `title` is the cloud's name, `token` returns what signs a request in, None where nothing does; `sign_in` says how people
    do that, and `install` is what pip installs.
    """

    title: str
    token: Callable[[], str] | None
    sign_in: str
    install: str

    def json(self, what: str, method: str, url: str, body: Any = None, *, repeat: bool = True) -> Any:
        """Send JSON and return the JSON of the answer. Raises as `ask` does."""
        headers = {"content-type": "application/json"} if body is not None else {}
        data = None if body is None else json.dumps(body).encode()
        return self.ask(what, method, url, headers, data, repeat=repeat).json()

    def ask(
        self, what: str, method: str, url: str, headers: Mapping[str, str], data: Data = None, *, repeat: bool = True
    ) -> Reply:
        """Send a signed request and return the answer. What fails is tried again only with `repeat`.

        Raises PortableError for an answer that is no success; `what` says what was asked, such as "reading the logs".
        """
        attempt, tries = 1, TRIES if repeat else 1
        while True:
            signed = dict(headers) if self.token is None else {"authorization": f"Bearer {self.token()}", **headers}
            reply = None
            try:
                reply = self.send(method, url, signed, data)
            except Unavailable as error:
                if attempt == tries:
                    raise Unavailable(f"{what}: {self.title} did not answer: {error}. Look at the network") from error
            if reply is not None and (reply.status not in _BUSY or attempt == tries):
                break
            time.sleep(_wait(attempt, reply))
            attempt += 1
        if reply.status >= 400:
            raise self._refused(what, reply)
        return reply

    def send(
        self, method: str, url: str, headers: Mapping[str, str], data: Data = None, seconds: float = SECONDS
    ) -> Reply:
        """Send one request as it is, once, and return the answer, whatever its status. Raises Unavailable without one."""
        try:
            import requests
        except ImportError as error:
            raise PortableError(f'this needs requests: pip install "{self.install}"') from error
        opened = data() if callable(data) else None
        body = data if not callable(data) else opened
        try:
            found = requests.request(
                method,
                url,
                headers={"accept-encoding": "identity", **headers},
                data=body,
                timeout=(10, seconds),
                allow_redirects=False,
            )
        except (requests.RequestException, UnicodeError) as error:
            raise Unavailable(f"{type(error).__name__}: {error}") from error
        finally:
            if opened is not None:
                opened.close()
        given = {name.lower(): value for name, value in found.headers.items()}
        given.pop("set-cookie", None)
        return Reply(found.status_code, given, found.content, tuple(found.raw.headers.getlist("set-cookie")))

    def _refused(self, what: str, reply: Reply) -> PortableError:
        """Return the error of an answer."""
        said = _message(reply)
        if reply.status == 401:
            return PermissionDenied(f"{what}: {self.title} does not accept the credentials: {said}. {self.sign_in}")
        if reply.status == 403:
            return PermissionDenied(
                f"{what}: {self.title} does not allow it: {said}. Ask for this right, or sign in as another"
            )
        if reply.status == 404:
            return NotFound(f"{what}: {self.title} has no such thing: {said}")
        if reply.status in (409, 412):
            return Conflict(
                f"{what}: {self.title} refused, something else changes it now: {said}. Wait, then run this again"
            )
        if reply.status == 429:
            return Throttled(f"{what}: {self.title} gets too many requests: wait a minute, then run this again")
        if reply.status >= 500:
            return Unavailable(f"{what}: {self.title} has a fault of its own ({reply.status}): {said}. Run this again")
        return PortableError(f"{what}: {self.title} refused ({reply.status}): {said}")


def _wait(attempt: int, reply: Reply | None) -> float:
    """Return the seconds to wait before the next try: what the cloud asks for, or a random part that grows."""
    asked = "" if reply is None else reply.headers.get("retry-after", "")
    if asked.isascii() and asked.isdigit():
        return min(LONGEST_WAIT, float(asked))
    return min(LONGEST_WAIT, random.uniform(0.5, 1) * 2.0 ** (attempt - 1))  # noqa: S311 - no secret


def _message(reply: Reply) -> str:
    """Return what an answer says is wrong, in at most 500 characters."""
    found = reply.json()
    error = found.get("error", found) if isinstance(found, dict) else found
    said = error.get("message") or error.get("Message") if isinstance(error, dict) else error
    text = said if isinstance(said, str) else reply.body.decode("utf-8", "replace").strip()
    return " ".join(text.split())[:500].rstrip(".") or "no reason is given"
