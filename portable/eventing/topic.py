"""The declaration `Topic` and its trigger. Its event is `Message`, its client is in `topic_clients`."""

from __future__ import annotations

from portable.base.values import Value, check_name, wrong

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import ClassVar


class Topic(Value):
    """A topic. Every subscribed function gets its own copy of each message.

    `name` has 2 to 40 characters: a lower case letter, then lower case letters, digits or `-`. Raises DeclarationError.
    """

    kind: ClassVar[str] = "topic"
    pillar: ClassVar[str] = "eventing"
    name: str

    def __check__(self) -> None:
        check_name("topic", self.name)

    def messages(self, filter: Mapping[str, str] | None = None) -> TopicTrigger:  # noqa: A002
        """Call the function for each message whose attributes equal those of `filter`.

        Raises DeclarationError for a filter that is no mapping of names to texts.
        """
        if filter is not None and not hasattr(filter, "items"):
            raise wrong(f'messages(filter={filter!r}): a filter maps names to texts, such as {{"kind": "paid"}}')
        return TopicTrigger(self, () if filter is None else tuple(sorted(filter.items())))


class TopicTrigger(Value):
    """Calls the function for each message of a topic whose attributes equal the pairs of `filter`."""

    kind: ClassVar[str] = "topic"
    topic: Topic
    filter: tuple[tuple[str, str], ...] = ()
    batch: ClassVar[int] = 1
    window: ClassVar[int] = 0
