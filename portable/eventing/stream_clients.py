"""The client of a stream: payloads in, the ids that their records arrive with and reports out."""

from __future__ import annotations

from portable.base.client import Client

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any

    from portable.eventing.outgoing import SendReport


class StreamWriter(Client):
    """Writes records. bytes and str travel as themselves, anything else as JSON."""

    __slots__ = ()
    kind = "stream"
    actions = ("send",)

    def send(self, payload: Any, key: str | None = None, attributes: Mapping[str, str] | None = None) -> str:
        """Write one record and return the id it will arrive with; the trace of the current call goes with it.

        `key` is 1 to 128 printable characters; without it the key is the payload's field that the stream names.
        `attributes` are at most 8, text. Raises InvalidValue (a ValueError) for a record without a key, or TooLarge
        over 48 KiB of payload and attributes: both before anything is sent.
        """
        from portable.eventing.stream_outgoing import prepare_record

        return self._connect().send(prepare_record(self.resource, payload, key, attributes))  # type: ignore[no-any-return]

    def send_many(
        self, payloads: Iterable[Any], key: str | None = None, attributes: Mapping[str, str] | None = None
    ) -> SendReport:
        """Write any number of records, in the provider's batches; records with the same key keep their order.

        What could not be sent is in `failed` with its index and error. Once a record fails, later ones with its key are
        not sent either, because they would overtake it.
        """
        from portable.eventing.outgoing import report
        from portable.eventing.stream_outgoing import prepare_records

        outcomes, places = prepare_records(self.resource, payloads, key, attributes)
        if places:
            sent = self._connect().send_many([outcomes[place] for place in places])
            for place, outcome in zip(places, sent, strict=True):
                outcomes[place] = outcome
        return report(outcomes)
