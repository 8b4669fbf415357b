"""Sends to JetStream: takes letters, returns the id or the error of each.

A letter has an id of its own (`Nats-Msg-Id`), so it may be sent again when no answer came: the server stores it once.
"""

from __future__ import annotations

from portable.base.values import Value
from portable.errors import PortableError
from portable_container.runtime.nats_clients import again, read

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from nats.aio.msg import Msg

    from portable_container.runtime.nats_clients import Nats


class Letter(Value):
    """What is sent to a subject. `id_of(sequence)` returns its id, given the place that the server stored it at."""

    subject: str
    body: bytes
    headers: dict[str, str]
    id_of: Callable[[int], str]


def publish(nats: Nats, stream: str, what: str, letters: Sequence[Letter]) -> list[str | PortableError]:
    """Send letters to a stream, in order and without waiting for each. `what` names the resource."""
    outcomes: list[str | PortableError | None] = [None] * len(letters)

    def attempt() -> None:
        places = [place for place, outcome in enumerate(outcomes) if not isinstance(outcome, str)]
        answers = nats.ask_each([(letters[p].subject, letters[p].body, letters[p].headers) for p in places])
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
