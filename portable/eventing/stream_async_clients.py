"""The client of a stream: takes payloads, returns the ids of their records, or reports.

Made from portable/eventing/stream_clients.py by tools/twins.py: change that file, then run the tool.
"""

from __future__ import annotations

from portable.base.client import Client

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any

    from portable.eventing.outgoing import SendReport


class AsyncStreamWriter(Client):
    """Writes records. bytes and str are sent unchanged, any other value as JSON."""

    __slots__ = ()
    kind = "stream"
    asynchronous = True
    actions = ("send",)

    async def send(self, payload: Any, key: str | None = None, attributes: Mapping[str, str] | None = None) -> str:
        """Write one record and return the id with which it will arrive. The trace of the current call is sent too.

        `key` has 1 to 128 printable characters. Without it, the key is the payload's field that the stream names.
        `attributes` are text, at most 8. Raises InvalidValue (a ValueError) for a record without a key, or TooLarge for
        more than 48 KiB of payload and attributes, before anything is sent.
        """
        from portable.eventing.stream_outgoing import prepare_record

        return await self._connect().send(prepare_record(self.resource, payload, key, attributes))  # type: ignore[no-any-return]

    async def send_many(
        self, payloads: Iterable[Any], key: str | None = None, attributes: Mapping[str, str] | None = None
    ) -> SendReport:
        """Write any number of records in the provider's batches. Records with the same key stay in order.

        A record that could not be sent is in `failed` with its index and error. After a failed record, later records
        with its key are not sent either, because they would overtake it.
        """
        from portable.eventing.outgoing import prepare_each, report
        from portable.eventing.stream_outgoing import prepare_record

        stream = self.resource
        outcomes, places = prepare_each(payloads, lambda payload: prepare_record(stream, payload, key, attributes))
        results = await self._connect().send_many([outcomes[place] for place in places]) if places else ()
        return report(outcomes, places, results)
