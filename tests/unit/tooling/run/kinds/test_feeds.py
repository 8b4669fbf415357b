"""How the events of a kind of trigger are held while they wait."""

from __future__ import annotations

from portable.eventing.message import Message
from portable.tooling.run.kinds.feeds import feed_of


def test_a_kind_that_says_nothing_takes_messages_as_they_were_sent() -> None:
    feed, message = feed_of("newcomer"), Message("m", b"1")
    assert feed.read(message) is message
    assert not feed.ordered
