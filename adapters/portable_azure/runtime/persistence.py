"""Tables in Cosmos DB for NoSQL: a declaration and the address of a container in, a table driver out.

Cosmos DB's own conditions are three-valued and know no types of ours, so a conditional write reads the row, decides here
and writes under the document's etag. Filters are applied here too. `unwrap(ContainerProxy)` and `unwrap(CosmosClient)`
give azure-cosmos's own clients.
"""

from __future__ import annotations

import os
from functools import cache

from portable.base.backoff import Backoff, until_deadline
from portable.errors import Throttled, Unavailable
from portable.persistence.driver import Rows
from portable.persistence.encoding import key_text, page_position, page_token
from portable.persistence.memory import PAGE, utc_now
from portable.persistence.optimistic import Stale, change
from portable.persistence.ordered import bounds, joined
from portable.persistence.query import matches
from portable.persistence.values import expires_at
from portable.persistence.writes import Put
from portable_azure.runtime.persistence_client import CosmosClients, is_emulator
from portable_azure.runtime.persistence_documents import document_of, id_of, partition_of, row_of
from portable_azure.runtime.persistence_errors import status_of, translated
from portable_azure.runtime.persistence_transaction import transact

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime
    from typing import Any

    from portable.persistence.asynchronous import AsyncTable
    from portable.persistence.driver import Query, RowKey, Scan
    from portable.persistence.query import Condition
    from portable.persistence.table import Table
    from portable.persistence.values import Row
    from portable.persistence.writes import Delete, Update, Write

AT_ONCE = 8
"""Requests that a batch keeps in flight."""
EMULATOR = {"x-ms-documentdb-query-enablecrosspartition": "True"}
"""cosmosdb-server 1.0.1 answers 500 to the read of a missing document unless it is told not to compare the partition."""
RELAXED = {"x-ms-consistency-level": "Eventual"}
"""The account's default is Strong, so that `consistent=True` holds; other reads cost half of that (see deploy/tables)."""

EXACT: Mapping[str, str] = {}


@cache
def _shared(key: str | None) -> CosmosClients:
    """Return the clients that all tables of the process share."""
    return CosmosClients()


def table_driver(
    table: Table,
    address: str,
    clients: CosmosClients | None = None,
    remaining: Callable[[], float] = until_deadline,
    clock: Callable[[], datetime] = utc_now,
) -> CosmosTable:
    """Return the driver of the container at `https://<account>.documents.azure.com/<database>/<container>`."""
    return CosmosTable(
        table, address, clients or _shared(os.environ.get("AZURE_COSMOS_KEY")), Backoff(remaining, first=0.02), clock
    )


def async_table_driver(
    table: Table,
    address: str,
    clients: CosmosClients | None = None,
    remaining: Callable[[], float] = until_deadline,
) -> AsyncTable:
    """Return the asynchronous driver of the same container: up to 100 calls wait at once, in threads."""
    from portable.base.threads import Threads
    from portable.persistence.asynchronous import AsyncTable

    return AsyncTable(table_driver(table, address, clients, remaining), Threads(100).run)


def _slow_down(error: Exception) -> bool:
    return isinstance(error, Throttled)


def _slow_down_or_down(error: Exception) -> bool:
    return isinstance(error, (Throttled, Unavailable))


class CosmosTable:
    """A `TableDriver` over one container, made as `portable_azure.deploy.tables` describes."""

    def __init__(
        self, table: Table, address: str, clients: CosmosClients, backoff: Backoff, clock: Callable[[], datetime]
    ) -> None:
        self.table = table
        self.address = address
        self._clients = clients
        self._backoff = backoff
        self._clock = clock
        self._headers = EMULATOR if is_emulator(address) else {}

    def get(self, key: RowKey, *, consistent: bool) -> Row | None:  # noqa: D102
        headers = {} if consistent else RELAXED
        return self._backoff.call(lambda: self._read(key, headers)[0], _slow_down_or_down)

    def put(self, write: Put) -> None:  # noqa: D102
        if write.condition is None:
            self._backoff.call(lambda: self._upsert(write.key, write.row), _slow_down_or_down)
        else:
            change(self.table, write, self._read, self._store, self._backoff)

    def update(self, write: Update) -> Row:  # noqa: D102
        row = change(self.table, write, self._read, self._store, self._backoff)
        assert row is not None
        return row

    def delete(self, write: Delete) -> None:  # noqa: D102
        if write.condition is None:
            self._backoff.call(lambda: self._delete(write.key, None), _slow_down_or_down)
        else:
            change(self.table, write, self._read, self._store, self._backoff)

    def query(self, query: Query) -> Rows:  # noqa: D102
        if query.index is None:
            path, where, value, prefix = "c.at", "c.pk", key_text(query.key), joined(query.key)
        else:
            inside = f'c.x["{query.index.name}"]'
            path, where, value, prefix = f"{inside}.at", f"{inside}.k", key_text(query.key), ""
        lower, upper = bounds(prefix, query.sort)
        if query.page is not None:
            (after,) = page_position(query.page, 1)
            lower, upper = (lower, min(upper, after)) if query.reverse else (max(lower, after + "!"), upper)
        condition = f"{where} = @key AND {path} >= @lower AND {path} < @upper"
        given = {"@key": value, "@lower": lower, "@upper": upper}
        partition = value if query.index is None else None
        return self._page(path, condition, given, query.filter, query.limit, partition, reverse=query.reverse)

    def scan(self, scan: Scan) -> Rows:  # noqa: D102
        after = page_position(scan.page, 1)[0] + "!" if scan.page is not None else ""
        return self._page("c.at", "c.at >= @lower", {"@lower": after}, scan.filter, scan.limit, None, reverse=False)

    def batch_get(self, keys: Sequence[RowKey]) -> list[Row | None]:  # noqa: D102
        wanted = list(dict.fromkeys(keys))
        rows = dict(zip(wanted, self._at_once(lambda key: self.get(key, consistent=False), wanted), strict=True))
        return [rows[key] for key in keys]

    def batch_write(self, writes: Sequence[Put | Delete]) -> None:  # noqa: D102
        self._at_once(lambda write: self.put(write) if isinstance(write, Put) else self.delete(write), writes)

    def transact(self, writes: Sequence[Write]) -> None:  # noqa: D102
        transact(
            self.table,
            self._clients.batch(self.address),
            writes,
            self._read,
            self._document,
            self._translated,
            self._backoff,
        )

    def unwrap(self, native: type) -> object:
        """Return azure-cosmos's `ContainerProxy` or `CosmosClient`."""
        for client in (self._container(), self._clients.account(self.address)):
            if isinstance(client, native):
                return client
        return None

    def close(self) -> None:
        """Keep the clients: they are shared, and end with the process."""

    def _container(self) -> Any:
        return self._clients.container(self.address)

    def _document(self, key: RowKey, row: Row) -> dict[str, Any]:
        return document_of(self.table, key, row, self._clock())

    def _translated(self, error: Exception) -> Exception:
        return translated(error, self.address)

    def _live(self, row: Row) -> Row | None:
        end = expires_at(row, self.table.ttl)
        return row if end is None or end > self._clock() else None

    def _read(self, key: RowKey, headers: Mapping[str, str] = EXACT) -> tuple[Row | None, str | None]:
        """Return the live row and the etag of the document, None when there is none."""
        try:
            document = self._container().read_item(
                id_of(key), partition_key=partition_of(key), headers={**headers, **self._headers}
            )
        except Exception as error:
            if status_of(error) == 404:
                return None, None
            raise self._translated(error) from error
        return self._live(row_of(document)), document["_etag"]

    def _upsert(self, key: RowKey, row: Row) -> None:
        try:
            self._container().upsert_item(self._document(key, row))
        except Exception as error:
            raise self._translated(error) from error

    def _delete(self, key: RowKey, etag: str | None) -> None:
        options: dict[str, Any] = {}
        if etag is not None:
            from azure.core import MatchConditions

            options = {"etag": etag, "match_condition": MatchConditions.IfNotModified}
        try:
            self._container().delete_item(id_of(key), partition_key=partition_of(key), **options)
        except Exception as error:
            if status_of(error) == 404 and etag is None:
                return
            if status_of(error) in (404, 412):
                raise Stale from error
            raise self._translated(error) from error

    def _store(self, key: RowKey, row: Row | None, etag: str | None) -> None:
        """Write a row, or delete for None, while the document is still the one that was read."""
        if row is None:
            if etag is not None:
                self._delete(key, etag)
            return
        from azure.core import MatchConditions

        document = self._document(key, row)
        try:
            if etag is None:
                self._container().create_item(document)
            else:
                self._container().replace_item(
                    document["id"], document, etag=etag, match_condition=MatchConditions.IfNotModified
                )
        except Exception as error:
            if status_of(error) in (404, 409, 412):
                raise Stale from error
            raise self._translated(error) from error

    def _page(
        self,
        path: str,
        where: str,
        given: dict[str, Any],
        wanted: Condition | None,
        limit: int | None,
        partition: str | None,
        *,
        reverse: bool,
    ) -> Rows:
        size = limit or PAGE
        statement = f"SELECT * FROM c WHERE {where} ORDER BY {path} {'DESC' if reverse else 'ASC'}"  # noqa: S608
        options: dict[str, Any] = {"max_item_count": min(size + 1, PAGE)}
        if partition is None:
            options["enable_cross_partition_query"] = True
        else:
            options["partition_key"] = partition
        parameters = [{"name": name, "value": value} for name, value in given.items()]
        index = path.split('"')[1] if '"' in path else None

        def read() -> Rows:
            rows: list[Row] = []
            last = ""
            try:
                for document in self._container().query_items(statement, parameters=parameters, **options):
                    row = self._live(row_of(document))
                    if row is None or not matches(wanted, row):
                        continue
                    if len(rows) == size:
                        return Rows(rows, page_token(last))
                    rows.append(row)
                    last = document["at"] if index is None else document["x"][index]["at"]
            except Exception as error:
                raise self._translated(error) from error
            return Rows(rows, None)

        return self._backoff.call(read, _slow_down_or_down)

    def _at_once(self, call: Callable[[Any], Any], items: Sequence[Any]) -> list[Any]:
        if len(items) < 2:
            return [call(item) for item in items]
        from concurrent.futures import ThreadPoolExecutor

        with ThreadPoolExecutor(AT_ONCE) as pool:
            return list(pool.map(call, items))
