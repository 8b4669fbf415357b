"""Sends to JetStream: takes letters, returns the id or the error of each.

A letter has an id of its own (`Nats-Msg-Id`), so it may be sent again when no answer came: the server stores it once.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import uuid4

from portable.base.values import Value
from portable.errors import PortableError
from portable.eventing.message import WHOLE
from portable.eventing.outgoing import MAX_BYTES
from portable.eventing.stream_outgoing import of_distinct_keys, send_in_order
from portable_container.runtime.eventing_wire import ID, SENT, headers_of, own_id
from portable_container.runtime.nats_clients import AT_ONCE, again, read

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from nats.aio.msg import Msg

    from portable.eventing.outgoing import Outgoing
    from portable_container.runtime.nats_clients import Nats
    from portable_container.runtime.nats_names import Address


AT_ONCE_BYTES = 8 * 1024 * 1024
"""The most bytes of letters with different groups or keys that are sent at the same time."""


class Letter(Value):
    """What is sent to a subject. `id_of(sequence)` returns its id, given the place that the server stored it at."""

    subject: str
    body: bytes
    headers: dict[str, str]
    id_of: Callable[[int], str]


def letter_of(message: Outgoing, at: Address, *, partitioned: bool, deduplicated: bool = False) -> Letter:
    """Return the letter of a message. `partitioned` and `deduplicated` say where it goes: a dead letter keeps its group
    in a queue without groups, and a message that never had a group may come back to a queue with groups."""
    # one of another program may be as large as the stream allows, so nothing fits beside it
    bare = len(message.body) > MAX_BYTES and not (message.id or message.attributes)
    unique = message.deduplicate or (None if bare else uuid4().hex)
    body, headers = headers_of(message, unique, deduplicated=deduplicated)
    subject = at.partition(message.group or WHOLE) if partitioned else at.subject
    if message.delay:
        mine, now = message.id or uuid4().hex, datetime.now(UTC)
        due = (now + timedelta(seconds=message.delay)).isoformat(timespec="microseconds").replace("+00:00", "Z")
        headers |= {ID: mine, SENT: now.isoformat(), "Nats-Schedule": f"@at {due}", "Nats-Schedule-Target": subject}
        return Letter(at.later(uuid4().hex), body, headers, lambda _: mine)
    return Letter(
        subject,
        body,
        headers,
        lambda sequence: message.id or own_id(at.stream, sequence, unique, deduplicated=deduplicated),
    )


def only(outcomes: Sequence[str | PortableError]) -> str:
    """Return the id of the only message. Raises its error."""
    [outcome] = outcomes
    if isinstance(outcome, str):
        return outcome
    raise outcome


def in_order(
    messages: Sequence[Outgoing], send: Callable[[list[Outgoing]], Sequence[str | PortableError]]
) -> list[str | PortableError]:
    """Send messages so that one that is sent again is not overtaken by a later one of its group or key."""
    return send_in_order(messages, of_distinct_keys(messages, AT_ONCE, AT_ONCE_BYTES), send)


def publish(nats: Nats, stream: str, what: str, letters: Sequence[Letter]) -> list[str | PortableError]:
    """Send letters to a stream, in order and without waiting for each. `what` names the resource."""
    outcomes: list[str | PortableError | None] = [None] * len(letters)

    def attempt() -> None:
        places = [place for place, outcome in enumerate(outcomes) if not isinstance(outcome, str)]
        answers = nats.ask_each([(letters[p].subject, letters[p].body, letters[p].headers or None) for p in places])
        for place, answer in zip(places, answers, strict=True):
            try:
                outcomes[place] = nats.calls.once(lambda p=place, a=answer: _stored(nats, stream, letters[p], a), what)  # type: ignore[misc]
            except PortableError as error:
                outcomes[place] = error
        for outcome in outcomes:
            if isinstance(outcome, PortableError) and again(outcome):
                raise outcome

    try:
        nats.calls.call(attempt, what, again)
    except PortableError as error:
        return [error if outcome is None else outcome for outcome in outcomes]
    return [outcome for outcome in outcomes if outcome is not None]


def _stored(nats: Nats, stream: str, letter: Letter, answer: Msg | Exception) -> str:
    if isinstance(answer, Exception):
        nats.check(answer, f"STREAM.INFO.{stream}")
        raise answer
    return letter.id_of(int(read(answer)["seq"]))
