"""A transactional batch of Cosmos DB: takes writes of one partition; does all of them, or raises Conflict with the row.

The rows are read, the conditions are checked here, and one batch writes all rows if their etags are unchanged. If one was
changed meanwhile, everything is repeated. If one operation fails, the service undoes the whole batch
(https://learn.microsoft.com/azure/cosmos-db/nosql/transactional-batch).
"""

from __future__ import annotations

from portable.errors import PortableError
from portable.persistence.optimistic import Stale, until_fresh
from portable.persistence.writes import Delete, Put, Require, outcome
from portable_azure.runtime.persistence_documents import id_of, partition_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

    from portable.base.backoff import Backoff
    from portable.persistence.driver import RowKey
    from portable.persistence.table import Table
    from portable.persistence.values import Row
    from portable.persistence.writes import Write

    Read = Callable[[RowKey], tuple[Row | None, str | None]]
    Document = Callable[[RowKey, Row], dict[str, Any]]


def transact(
    table: Table,
    batch: Callable[[list[tuple[Any, ...]], str], object],
    writes: Sequence[Write],
    read: Read,
    document: Document,
    once: Callable[[Callable[[], object]], object],
    backoff: Backoff,
) -> None:
    """Do all writes or none; `once` makes a call and raises errors of the error tree. Raises Conflict, TooLarge or Throttled."""
    partition = partition_of(writes[0].key)

    def attempt() -> None:
        operations: list[tuple[Any, ...]] = []
        for write in writes:
            operations += _operations(table, write, read, document)
        if not operations:
            return
        try:
            once(lambda: batch(operations, partition))
        except PortableError as error:
            if _is_stale(error.__cause__):
                raise Stale from error.__cause__
            raise

    until_fresh(attempt, backoff, table, writes[0].key)


def _operations(table: Table, write: Write, read: Read, document: Document) -> list[tuple[Any, ...]]:
    if isinstance(write, Put) and write.condition is None:
        return [("upsert", (document(write.key, write.row),))]
    stored, etag = read(write.key)
    row = outcome(table, write, stored)
    identity = id_of(write.key)
    if isinstance(write, Delete):
        return [] if etag is None else [("delete", (identity,), {"if_match_etag": etag})]
    if row is not None:
        body = document(write.key, row)
        if etag is None:
            return [("create", (body,))]
        return [("replace", (identity, body), {"if_match_etag": etag})]
    assert isinstance(write, Require)
    # the row must not exist: a create fails if there is a document, and the same batch deletes what it creates
    if etag is not None:
        return [("delete", (identity,), {"if_match_etag": etag})]  # it has expired
    from portable.persistence.writes import key_fields

    return [("create", (document(write.key, key_fields(table, write.key)),)), ("delete", (identity,))]


def _is_stale(error: BaseException | None) -> bool:
    """Return whether the batch failed because a document is not the one that was read."""
    statuses = {getattr(error, "status_code", None)}
    statuses |= {response.get("statusCode") for response in getattr(error, "operation_responses", None) or ()}
    return bool(statuses & {404, 409, 412})
