"""The client of a topic for `async def` handlers."""

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
    actions = ("publish",)
    asynchronous = True

    async def publish(self, payload: Any, attributes: Mapping[str, str] | None = None) -> str:
        """Publish one message and return its id; limits and errors are those of `TopicPublisher`."""
        from portable.eventing.outgoing import prepare

        return await self._connect().publish(prepare(payload, attributes))  # type: ignore[no-any-return]
