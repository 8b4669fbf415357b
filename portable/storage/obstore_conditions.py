"""Conditional puts of an obstore store: takes a refusal and the current object, decides what the refusal means.

A store may refuse a conditional put even if the condition is true. S3 returns 409 while another write of the key is in
progress. Or obstore sent a put again, because the first reply was lost or was a 5xx, and the second put finds the
object of the first. So each conditional put stores its own mark in the object's metadata, and the object is read before
Conflict is raised. A client without permission to read (a `BucketWriter` on S3) gets the refusal unchanged.
"""

from __future__ import annotations

from os import urandom

from portable.errors import Conflict, NotFound, Throttled
from portable.storage.keys import METADATA_BYTES
from portable.storage.objects import ObjectInfo
from portable.storage.obstore_objects import MARK, etag_of, mark_of, native_attributes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from obstore import Attributes as Native
    from obstore import GetResult

    from portable.storage.driver import Attributes, Condition

PAUSES = (0.05, 0.2, 0.8)
"""The waits, in seconds, before a put is tried again that was refused although its condition is true."""


class ConditionalPut:
    """One conditional put. `native` are the attributes to send, including its mark."""

    def __init__(self, key: str, attributes: Attributes, condition: Condition) -> None:
        self._key = key
        self._attributes = attributes
        self._condition = condition
        self._mark = urandom(8).hex()
        self._tries = 0
        self.native: Native = native_attributes(attributes)
        used = sum(len(name) + len(value) for name, value in attributes.metadata.items())
        if used + len(MARK) + len(self._mark) <= METADATA_BYTES:
            self.native = {**self.native, MARK: self._mark}

    def refusal(self, error: Conflict | NotFound) -> Conflict:
        """Return the Conflict of a refused put.

        A missing object is a Conflict for if_match; a missing bucket raises NotFound.
        """
        if isinstance(error, Conflict):
            return error
        if self._condition.if_match is None or "there is no bucket" in str(error):
            raise error
        found = Conflict(f'"{self._key}" has changed: there is no such object with etag {self._condition.if_match}')
        found.__cause__ = error.__cause__
        return found

    def stored(self, found: GetResult | None, size: int) -> ObjectInfo | None:
        """Return the ObjectInfo if the current object was stored by this put, else None."""
        if found is None or mark_of(found) != self._mark:
            return None
        given = self._attributes
        return ObjectInfo(self._key, size, etag_of(found.meta["e_tag"]), given.content_type, dict(given.metadata))

    def pause(self, found: GetResult | None, refused: Conflict) -> float:
        """Return the seconds to wait before the next attempt. Raises `refused` if the condition is really false."""
        expected = self._condition.if_match
        etag = None if found is None else etag_of(found.meta["e_tag"])
        if etag != expected:
            raise refused
        if self._tries == len(PAUSES):
            raise Throttled(
                f'"{self._key}": the condition is true, but other clients keep writing it. Try again later'
            ) from refused
        self._tries += 1
        return PAUSES[self._tries - 1]
