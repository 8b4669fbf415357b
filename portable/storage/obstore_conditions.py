"""Conditional puts of an obstore store: a refusal and a look at the object in, what the refusal really means out.

A store refuses a conditional put also when the condition holds: S3 answers 409 while another write of the key is under
way, and a put that obstore has sent again, because the answer to the first was lost or was a 5xx, meets its own object.
So each conditional put carries a mark of its own in the object's metadata, and the object is looked at before Conflict
is said. Who may not look (a `BucketWriter` on S3) gets the refusal as it came.
"""

from __future__ import annotations

from os import urandom

from portable.errors import Conflict, NotFound, Throttled
from portable.storage.keys import METADATA_BYTES
from portable.storage.objects import ObjectInfo
from portable.storage.obstore_objects import MARK, etag_of, native_attributes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from obstore import Attributes as Native
    from obstore import GetResult

    from portable.storage.driver import Attributes, Condition

PAUSES = (0.05, 0.2, 0.8)
"""Seconds between the tries of a put that is refused though its condition holds."""


class ConditionalPut:
    """One conditional put: `native` are the attributes to send, its mark among them."""

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
        """Return the Conflict of a refused put: an object that should be there and is not is one. Raises NotFound else."""
        if isinstance(error, Conflict):
            return error
        if self._condition.if_match is None or "there is no bucket" in str(error):
            raise error
        found = Conflict(f'"{self._key}" has changed: there is no such object with etag {self._condition.if_match}')
        found.__cause__ = error.__cause__
        return found

    def stored(self, found: GetResult | None, size: int) -> ObjectInfo | None:
        """Return what is known after the put when the object that is there now is its own, else None."""
        if found is None or found.attributes.get(MARK) != self._mark:
            return None
        given = self._attributes
        return ObjectInfo(self._key, size, etag_of(found.meta["e_tag"]), given.content_type, dict(given.metadata))

    def pause(self, found: GetResult | None, refused: Conflict) -> float:
        """Return the seconds to wait before another try, because the condition holds. Raises the refusal when it does not."""
        expected = self._condition.if_match
        etag = None if found is None else etag_of(found.meta["e_tag"])
        if etag != expected:
            raise refused
        if self._tries == len(PAUSES):
            raise Throttled(f'"{self._key}": others write it all the time, though the condition holds') from refused
        self._tries += 1
        return PAUSES[self._tries - 1]
