"""Whether NATS can be used: takes what a role needs; raises an error that says what is wrong.

The first question also asks the server what the account may do, which has no other effect. An account that may not ask that,
or a server that does not tell it, is taken as it is.
"""

from __future__ import annotations

import json

from portable.errors import PermissionDenied, PortableError, Unavailable
from portable_container.runtime.nats_clients import shared
from portable_container.runtime.nats_loop import flush
from portable_container.runtime.nats_rights import OWN
from portable_container.runtime.probe import PATIENCE_SECONDS, Lacking

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from portable_container.runtime.nats_clients import Nats
    from portable_container.runtime.needs import Needs

SHOWN = 5
"""How many subjects are named."""


class NatsProbe:
    """The server, and the rights of the account of this process."""

    def __init__(self, needs: Needs) -> None:
        self._needs = needs
        self._seen = False

    def ask(self) -> None:
        """Raise an error of the error tree if the server does not answer, and Lacking if the account may do too little."""
        seen, self._seen = self._seen, False
        nats = shared()
        what = f"PORTABLE_NATS ({', '.join(nats.places)})"
        client = nats.calls.once(nats.connected, what)

        async def ask() -> None:
            try:
                await flush(client, PATIENCE_SECONDS)
            except TimeoutError:
                raise Unavailable("the server does not answer") from None
            # a connection that breaks ends all that waits for it as if it had been answered
            if not client.is_connected:
                raise Unavailable("the connection is broken")

        nats.calls.once(lambda: nats.run(ask()), what)
        if not seen:
            self._check(nats)
        self._seen = True

    def _check(self, nats: Nats) -> None:
        found = _own(nats)
        allowed = (found.get("permissions") or {}).get("publish")
        if not allowed:
            return
        refused = [subject for subject in self._needs.subjects if not may(allowed, subject)]
        if refused:
            more = f" and {len(refused) - SHOWN} more" if len(refused) > SHOWN else ""
            raise Lacking(
                f'does not let the account "{found.get("user")}" of PORTABLE_NATS publish to {", ".join(refused[:SHOWN])}{more}: '
                f"what runs here needs the rights of {' and '.join(self._needs.users)} in nats/accounts.conf, as this version has it; "
                "the server reads the file when it starts"
            )


def _own(nats: Nats) -> dict[str, Any]:
    """Return what the server says of the account. It is empty for one that may not ask."""
    try:
        answer = nats.calls.once(lambda: nats.ask(OWN), "PORTABLE_NATS")
    except PermissionDenied as error:
        if OWN.lower() in str(error).lower():
            return {}
        raise  # it may not even get answers
    except PortableError:
        return {}
    found: dict[str, Any] = json.loads(answer.data).get("data") or {}
    return found


def may(rights: dict[str, Any], subject: str) -> bool:
    """Return whether rights of the server, with lists of what is allowed and denied, let publish to all of a subject."""
    allowed, denied = rights.get("allow"), rights.get("deny") or ()
    if any(covers(pattern, subject) for pattern in denied):
        return False
    return not allowed or any(covers(pattern, subject) for pattern in allowed)


def covers(pattern: str, subject: str) -> bool:
    """Return whether a pattern of NATS holds for every subject that another one holds for."""
    return _covers(pattern.split("."), subject.split("."))


def _covers(pattern: Iterable[str], subject: list[str]) -> bool:
    place = 0
    for place, part in enumerate(pattern, 1):
        if part == ">":
            return len(subject) >= place
        if len(subject) < place or subject[place - 1] == ">" or part not in ("*", subject[place - 1]):
            return False
    return len(subject) == place
