"""Tables in Cosmos DB for NoSQL: takes a declaration and the address of a container; returns a table driver.

Cosmos DB's conditions are three-valued and do not know portable's types. So a conditional write reads the row, checks the
condition here, and writes only if the document's etag is unchanged. Filters are applied here too. `unwrap(ContainerProxy)` and `unwrap(CosmosClient)`
give azure-cosmos's own clients.
"""

from __future__ import annotations

from contextlib import suppress

from portable.base.backoff import until_deadline
from portable.base.calls import Calls, passing
from portable.errors import Conflict, NotFound
from portable.persistence.encoding import key_text, page_position
from portable.persistence.optimistic import Stale, VersionedTable
from portable.persistence.ordered import bounds, joined
from portable.persistence.pages import PAGE, page_of
from portable.persistence.values import utc_now
from portable.persistence.writes import Put
from portable_azure.runtime.accounts import is_local
from portable_azure.runtime.clients import AzureClients, shared
from portable_azure.runtime.errors import classify
from portable_azure.runtime.persistence_documents import document_of, id_of, partition_of, row_of
from portable_azure.runtime.persistence_transaction import transact

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime
    from typing import Any

    from portable.persistence.driver import Query, RowKey, Rows, Scan
    from portable.persistence.pages import Placed
    from portable.persistence.query import Condition
    from portable.persistence.table import Table
    from portable.persistence.values import Row
    from portable.persistence.writes import Delete, Write

AT_ONCE = 8
"""Parallel requests of a batch."""
EMULATOR = {"x-ms-documentdb-query-enablecrosspartition": "True"}
"""Header for cosmosdb-server 1.0.1, which otherwise answers 500 when a missing document is read."""
RELAXED = {"x-ms-consistency-level": "Eventual"}
"""Header of reads that need not be consistent: they cost half. The account's default is Strong (see deploy/tables)."""

EXACT: Mapping[str, str] = {}


def table_driver(
    table: Table,
    address: str,
    clients: AzureClients | None = None,
    remaining: Callable[[], float] = until_deadline,
    clock: Callable[[], datetime] = utc_now,
) -> CosmosTable:
    """Return the driver of the container at `https://<account>.documents.azure.com/<database>/<container>`."""
    return CosmosTable(table, address, clients or shared(), Calls(classify, remaining, first=0.02), clock)


class CosmosTable(VersionedTable):
    """A `TableDriver` over one container, made as `portable_azure.deploy.tables` describes."""

    def __init__(
        self, table: Table, address: str, clients: AzureClients, calls: Calls, clock: Callable[[], datetime]
    ) -> None:
        super().__init__(table, address, "Cosmos DB container", calls, clock)
        self._clients = clients
        self._headers = EMULATOR if is_local(address) else {}

    def get(self, key: RowKey, *, consistent: bool) -> Row | None:  # noqa: D102
        headers = {} if consistent else RELAXED
        return self._backoff.call(lambda: self._read(key, headers)[0], passing)

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
            self._once,
            self._backoff,
        )

    def unwrap(self, native: type) -> object:
        """Return azure-cosmos's `ContainerProxy` or `CosmosClient`."""
        for client in (self._container(), self._clients.account(self.address)):
            if isinstance(client, native):
                return client
        return None

    def _container(self) -> Any:
        return self._clients.container(self.address)

    def _document(self, key: RowKey, row: Row) -> dict[str, Any]:
        return document_of(self.table, key, row, self._clock())

    def _read(self, key: RowKey, headers: Mapping[str, str] = EXACT) -> tuple[Row | None, str | None]:
        """Return the live row and the etag of the document, or None if there is none."""
        sent = {**headers, **self._headers}
        container = self._container()
        try:
            document = self._once(
                lambda: container.read_item(id_of(key), partition_key=partition_of(key), headers=sent)
            )
        except NotFound:
            return None, None
        return self._live(row_of(document)), document["_etag"]

    def _overwrite(self, key: RowKey, row: Row) -> None:
        document = self._document(key, row)
        self._do(lambda: self._container().upsert_item(document))

    def _remove(self, key: RowKey) -> None:
        with suppress(NotFound):
            self._do(lambda: self._container().delete_item(id_of(key), partition_key=partition_of(key)))

    def _store(self, key: RowKey, row: Row | None, version: str | None) -> None:
        """Write a row, or delete it if None, on condition that the document has not changed since it was read."""
        if row is None and version is None:
            return
        from azure.core import MatchConditions

        container, name = self._container(), id_of(key)
        unchanged = {"etag": version, "match_condition": MatchConditions.IfNotModified}
        try:
            if row is None:
                self._once(lambda: container.delete_item(name, partition_key=partition_of(key), **unchanged))
            elif version is None:
                self._once(lambda: container.create_item(self._document(key, row)))
            else:
                self._once(lambda: container.replace_item(name, self._document(key, row), **unchanged))
        except (NotFound, Conflict) as error:
            raise Stale from error.__cause__

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
        statement = f"SELECT * FROM c WHERE {where} ORDER BY {path} {'DESC' if reverse else 'ASC'}"  # noqa: S608
        options: dict[str, Any] = {"max_item_count": min((limit or PAGE) + 1, PAGE)}
        if partition is None:
            options["enable_cross_partition_query"] = True
        else:
            options["partition_key"] = partition
        parameters = [{"name": name, "value": value} for name, value in given.items()]
        index = path.split('"')[1] if '"' in path else None

        def placed(document: Mapping[str, Any]) -> Placed:
            place = document["at"] if index is None else document["x"][index]["at"]
            return (place,), self._live(row_of(document))

        def read() -> Rows:
            found = self._container().query_items(statement, parameters=parameters, **options)
            return page_of(map(placed, found), wanted, limit)

        return self._do(read)

    def _at_once(self, call: Callable[[Any], Any], items: Sequence[Any]) -> list[Any]:
        if len(items) < 2:
            return [call(item) for item in items]
        from concurrent.futures import ThreadPoolExecutor

        with ThreadPoolExecutor(AT_ONCE) as pool:
            return list(pool.map(call, items))
