"""Tables in Firestore: takes a declaration and a collection; returns a table driver.

Firestore's conditions do not distinguish a missing field from another value. So a conditional write reads the row, checks
the condition here, and writes only if the document is unchanged. Filters are applied here too. `unwrap(Client)` gives
google-cloud-firestore's own client.
"""

from __future__ import annotations

from portable.base.backoff import until_deadline, within
from portable.base.calls import Calls, passing
from portable.errors import PortableError
from portable.persistence.encoding import page_position
from portable.persistence.optimistic import Stale, VersionedTable, until_fresh
from portable.persistence.ordered import bounds, joined
from portable.persistence.pages import PAGE, page_of
from portable.persistence.values import utc_now
from portable.persistence.writes import Delete, Put, Require, outcome
from portable_gcp.runtime.clients import GcpClients, firestore_parts, shared
from portable_gcp.runtime.errors import classify
from portable_gcp.runtime.persistence_documents import fields_of, name_of, row_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import datetime
    from typing import Any

    from portable.persistence.driver import Query, RowKey, Rows, Scan
    from portable.persistence.pages import Placed
    from portable.persistence.table import Table
    from portable.persistence.values import Row
    from portable.persistence.writes import Write

SECONDS = 10.0
"""The longest time of one call."""
BATCH = 100
BATCH_BYTES = 5_000_000
"""A commit takes at most 10 MiB (https://firebase.google.com/docs/firestore/quotas)."""


def one_try() -> dict[str, Any]:
    """Return the options of one call. Retries are ours, with backoff and jitter until the deadline: the SDK's are off."""
    return {"retry": None, "timeout": within(SECONDS)}


def table_driver(
    table: Table,
    address: str,
    clients: GcpClients | None = None,
    remaining: Callable[[], float] = until_deadline,
    clock: Callable[[], datetime] = utc_now,
) -> FirestoreTable:
    """Return the driver of the collection `address`, or of `database/collection`."""
    return FirestoreTable(table, address, clients or shared(), Calls(classify, remaining, first=0.02), clock)


class FirestoreTable(VersionedTable):
    """A `TableDriver` over one collection, made as `portable_gcp.deploy.tables` describes."""

    def __init__(
        self, table: Table, address: str, clients: GcpClients, calls: Calls, clock: Callable[[], datetime]
    ) -> None:
        super().__init__(table, address, "Firestore collection", calls, clock)
        self._database, self._collection = firestore_parts(address)
        self._clients = clients

    def get(self, key: RowKey, *, consistent: bool) -> Row | None:  # noqa: D102  (every read of Firestore is)
        return self._backoff.call(lambda: self._read(key)[0], passing)

    def query(self, query: Query) -> Rows:  # noqa: D102
        path, prefix = (
            ("at", joined(query.key)) if query.index is None else (_path(query.index.name), joined(query.key))
        )
        lower, upper = bounds(prefix, query.sort)
        return self._page(path, lower, upper, query, reverse=query.reverse)

    def scan(self, scan: Scan) -> Rows:  # noqa: D102
        lower, upper = bounds("", None)
        return self._page("at", lower, upper, scan, reverse=False)

    def batch_get(self, keys: Sequence[RowKey]) -> list[Row | None]:  # noqa: D102
        wanted = list(dict.fromkeys(keys))
        found: dict[str, Row | None] = {}
        for start in range(0, len(wanted), BATCH):
            references = [self._reference(key) for key in wanted[start : start + BATCH]]
            for snapshot in self._do(lambda some=references: list(self._client().get_all(some, **one_try()))):  # type: ignore[misc]
                found[snapshot.id] = self._live(row_of(snapshot.to_dict())) if snapshot.exists else None
        return [found[name_of(key)] for key in keys]

    def batch_write(self, writes: Sequence[Put | Delete]) -> None:  # noqa: D102
        from portable.persistence.values import plain_value

        batch, count, size = self._client().batch(), 0, 0
        for write in writes:
            reference = self._reference(write.key)
            if isinstance(write, Put):
                batch.set(reference, fields_of(self.table, write.key, write.row))
                size += plain_value("row", write.row, -1, decimals=True)[1]
            else:
                batch.delete(reference)
            count += 1
            if count == BATCH or size > BATCH_BYTES:
                self._do(lambda done=batch: done.commit(**one_try()))  # type: ignore[misc]
                batch, count, size = self._client().batch(), 0, 0
        if count:
            self._do(lambda done=batch: done.commit(**one_try()))  # type: ignore[misc]

    def transact(self, writes: Sequence[Write]) -> None:  # noqa: D102
        until_fresh(lambda: self._transaction(writes), self._backoff, self.table, writes[0].key)

    def unwrap(self, native: type) -> object:
        """Return google-cloud-firestore's `Client`."""
        client = self._client()
        return client if isinstance(client, native) else None

    def _client(self) -> Any:
        return self._clients.firestore(self._database)

    def _reference(self, key: RowKey) -> Any:
        return self._client().collection(self._collection).document(name_of(key))

    def _overwrite(self, key: RowKey, row: Row) -> None:
        fields = fields_of(self.table, key, row)
        self._do(lambda: self._reference(key).set(fields, **one_try()))

    def _remove(self, key: RowKey) -> None:
        self._do(lambda: self._reference(key).delete(**one_try()))

    def _read(self, key: RowKey) -> tuple[Row | None, Any]:
        """Return the live row and the snapshot of the document, or None if there is none."""
        snapshot = self._once(lambda: self._reference(key).get(**one_try()))
        return (self._live(row_of(snapshot.to_dict())), snapshot) if snapshot.exists else (None, None)

    def _store(self, key: RowKey, row: Row | None, version: Any) -> None:
        """Write a row, or delete it if None, on condition that the document has not changed since it was read."""
        if row is None and version is None:
            return
        reference = self._reference(key)
        fields = fields_of(self.table, key, row) if row is not None else {}
        if version is None:
            self._checked(lambda: reference.create(fields, **one_try()))
            return
        unchanged = self._client().write_option(last_update_time=version.update_time)
        if row is None:
            self._checked(lambda: reference.delete(option=unchanged, **one_try()))
        else:
            self._checked(lambda: reference.update(fields, option=unchanged, **one_try()))

    def _transaction(self, writes: Sequence[Write]) -> None:
        """Read the rows, check the conditions, and commit all writes if no row has changed. Raises Stale if one has.

        Firestore's own transaction is not used: it locks what it reads, so writers of one partition would block each other.
        """
        references = {name_of(write.key): self._reference(write.key) for write in writes}
        read = self._once(lambda: list(self._client().get_all(list(references.values()), **one_try())))
        snapshots = {snapshot.id: snapshot for snapshot in read if snapshot.exists}
        batch = self._client().batch()
        for write in writes:
            name = name_of(write.key)
            snapshot = snapshots.get(name)
            row = outcome(self.table, write, self._live(row_of(snapshot.to_dict())) if snapshot is not None else None)
            self._add(batch, references[name], write, row, snapshot)
        self._checked(lambda: batch.commit(**one_try()))

    def _add(self, batch: Any, reference: Any, write: Write, row: Row | None, snapshot: Any) -> None:
        """Add a write under its condition. For a row that is only checked, the write changes nothing."""
        if snapshot is None:
            if row is not None:
                batch.create(reference, fields_of(self.table, write.key, row))
            elif isinstance(write, Require):  # a commit runs in order, so it fails if the document exists
                batch.create(reference, {})
                batch.delete(reference)
            return
        unchanged = self._client().write_option(last_update_time=snapshot.update_time)
        if row is not None:
            batch.update(reference, fields_of(self.table, write.key, row), option=unchanged)
        else:
            batch.delete(reference, option=unchanged)

    def _checked(self, action: Callable[[], Any]) -> None:
        """Do a conditional write, once. Raises Stale if the condition does not hold."""
        from google.api_core import exceptions as google

        try:
            self._once(action)
        except PortableError as error:
            stale = (google.AlreadyExists, google.FailedPrecondition, google.NotFound, google.Aborted)
            if isinstance(error.__cause__, stale):
                raise Stale from error.__cause__
            raise

    def _page(self, path: str, lower: str, upper: str, asked: Query | Scan, *, reverse: bool) -> Rows:
        size = asked.limit or PAGE
        if asked.page is not None:
            (after,) = page_position(asked.page, 1)
            lower, upper = (lower, min(upper, after)) if reverse else (max(lower, after + "\x01"), upper)
        chunk = min(size + 1 if asked.filter is None and self.table.ttl is None else max(size + 1, 100), PAGE + 1)
        return page_of(self._found(path, lower, upper, chunk, reverse=reverse), asked.filter, asked.limit)

    def _found(self, path: str, lower: str, upper: str, chunk: int, *, reverse: bool) -> Iterator[Placed]:
        """Yield the rows of a range. They are read in chunks, so that an unread rest is not paid for."""
        while lower < upper:
            found = self._chunk(path, lower, upper, chunk, reverse=reverse)
            for snapshot in found:
                yield (snapshot.get(path),), self._live(row_of(snapshot.to_dict()))
            if len(found) < chunk:
                return
            place = found[-1].get(path)
            lower, upper = (lower, place) if reverse else (place + "\x01", upper)

    def _chunk(self, path: str, lower: str, upper: str, size: int, *, reverse: bool) -> list[Any]:
        from google.cloud import firestore

        query = (
            self._client()
            .collection(self._collection)
            .where(filter=firestore.FieldFilter(path, ">=", lower))
            .where(filter=firestore.FieldFilter(path, "<", upper))
            .order_by(path, direction=firestore.Query.DESCENDING if reverse else firestore.Query.ASCENDING)
            .limit(size)
        )
        return self._do(lambda: list(query.stream(**one_try())))


def _path(index: str) -> str:
    return f"x.`{index}`" if "-" in index else f"x.{index}"
