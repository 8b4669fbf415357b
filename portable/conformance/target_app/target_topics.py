"""Topics: a filter, and a function that fails."""

from __future__ import annotations

from portable import Message, Retry, Topic, function

news = Topic("news")


@function(
    news.messages(filter={"level": "high"}), name="listen-to-news-of-which-the-level-is-hi", retry=Retry(attempts=2)
)
async def listen(message: Message[str]) -> None:
    """Take the messages that the filter selects."""
    if message.payload == "bad news":
        raise ValueError("bad news")
