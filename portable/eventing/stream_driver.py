"""The protocol of stream drivers: take checked records, return ids. The suite is `portable.conformance.stream`.

A driver is made for one declared stream and one address. Its arguments are already checked: sizes, keys and attributes
are within all limits. The key of a record is its `group`.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Protocol

    from portable.errors import PortableError
    from portable.eventing.outgoing import Outgoing

    class StreamDriver(Protocol):
        """One stream to write to. It is safe to call from several threads at once.

        Every method raises PermissionDenied, NotFound if the stream does not exist, Throttled (after retries with
        backoff until the deadline), Unavailable or Timeout. The provider's own exception is the `__cause__`.
        """

        def send(self, message: Outgoing) -> str:
            """Store the record durably and return the id with which it will arrive. `message.group` is its key."""
            ...

        def send_many(self, messages: Sequence[Outgoing]) -> list[str | PortableError]:
            """Write any number of records. Return an id or an error for each, in order.

            Records with the same key are stored in order. After a failed record, no later record of its key is stored.
            `portable.eventing.stream_outgoing.send_in_order` keeps both promises.
            """
            ...

        def unwrap(self, native: type) -> object:
            """Return the provider's client if it is of type `native`, else None."""
            ...
