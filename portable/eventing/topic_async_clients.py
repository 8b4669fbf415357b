# Made from portable/eventing/topic_clients.py by tools/twins.py: change that file, then run the tool.
"""The client of a topic: a payload in, the id that every subscriber gets it with out."""

from __future__ import annotations

from portable.base.client import Client

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any


class AsyncTopicPublisher(Client):
    """Publishes messages. bytes and str travel as themselves, anything else as JSON."""

    __slots__ = ()
    kind = "topic"
    asynchronous = True
    actions = ("publish",)

    async def publish(self, payload: Any, attributes: Mapping[str, str] | None = None) -> str:
        """Publish one message and return its id; the trace of the current call goes with it.

        `attributes` are at most 8, text; subscribers may filter by them. Raises InvalidValue (a ValueError), or
        TooLarge over 48 KiB of payload and attributes, before anything is sent.
        """
        from portable.eventing.outgoing import prepare

        return await self._connect().publish(prepare(payload, attributes))  # type: ignore[no-any-return]
