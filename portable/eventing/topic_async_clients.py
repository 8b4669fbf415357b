"""The client of a topic: takes a payload, returns the id with which every subscriber gets it.

Made from portable/eventing/topic_clients.py by tools/twins.py: change that file, then run the tool.
"""

from __future__ import annotations

from portable.base.client import Client

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any


class AsyncTopicPublisher(Client):
    """Publishes messages. bytes and str are sent unchanged, any other value as JSON."""

    __slots__ = ()
    kind = "topic"
    asynchronous = True
    actions = ("publish",)

    async def publish(self, payload: Any, attributes: Mapping[str, str] | None = None) -> str:
        """Publish one message and return its id. The trace of the current call is sent too.

        `attributes` are text, at most 8; subscribers may filter by them. Raises InvalidValue (a ValueError), or
        TooLarge for more than 48 KiB of payload and attributes, before anything is sent.
        """
        from portable.eventing.outgoing import prepare

        return await self._connect().publish(prepare(payload, attributes))  # type: ignore[no-any-return]
