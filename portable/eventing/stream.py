"""The declaration `Stream` and its trigger. Its event is `Record`, its clients are in `stream_clients`."""

from __future__ import annotations

from portable.base.values import Value, check_name, wrong

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import ClassVar, Literal

STARTS = ("latest", "oldest")


class Stream(Value):
    """A stream of records. Records with the same key are in order. Every function that reads it gets every record.

    `name` has 2 to 40 characters: a lower case letter, then lower case letters, digits or `-`. Raises DeclarationError.
    `key` is the field of the payload that is the key of its record. Without it, give the key to each `send`.
    """

    kind: ClassVar[str] = "stream"
    pillar: ClassVar[str] = "eventing"
    ordered: ClassVar[bool] = True
    name: str
    key: str | None = None

    def __check__(self) -> None:
        check_name("stream", self.name)
        if self.key is not None and (not isinstance(self.key, str) or not self.key):
            raise wrong(f'Stream("{self.name}", key={self.key!r}): key must be the name of a field')

    def records(
        self, batch: int = 100, window: int = 5, start: Literal["latest", "oldest"] = "latest"
    ) -> StreamTrigger:
        """Call the function with the records of the stream.

        Up to `batch` records are fetched at once, after waiting up to `window` seconds. `start` is where a new function
        begins: "latest" with the records from now on, "oldest" with the oldest stored record.
        """
        return StreamTrigger(self, batch, window, start)


class StreamTrigger(Value):
    """Calls the function with records of a stream: one by one for a `Record`, the whole batch for a `list[Record]`."""

    kind: ClassVar[str] = "stream"
    stream: Stream
    batch: int = 100
    window: int = 5
    start: str = "latest"

    def __check__(self) -> None:
        if type(self.batch) is not int or self.batch < 1:
            raise wrong(f"records(batch={self.batch!r}): batch must be a whole number from 1 up")
        if type(self.window) is not int or self.window < 0:
            raise wrong(f"records(window={self.window!r}): window must be a whole number of seconds from 0 up")
        if self.start not in STARTS:
            raise wrong(f'records(start={self.start!r}): start must be "latest" or "oldest"')
