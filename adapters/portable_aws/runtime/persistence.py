"""Tables in DynamoDB: takes a declaration and a table name; returns a table driver.

It uses boto3's low-level client, made at the first call (`AWS_REGION`, `AWS_ENDPOINT_URL` and boto3's credentials). The
SDK's retries are off: portable retries, with backoff and jitter, until the deadline. `unwrap(BaseClient)` gives the client.
"""

from __future__ import annotations

from functools import partial

from portable.base.backoff import until_deadline
from portable.base.calls import Calls, never, passing, slowed
from portable.errors import Conflict, Throttled
from portable.persistence.table import row_key
from portable.persistence.values import live, utc_now
from portable.persistence.writes import Put, conflict, outcome
from portable_aws.runtime.clients import AwsClient, shared
from portable_aws.runtime.errors import classify
from portable_aws.runtime.persistence_items import item_of, row_of
from portable_aws.runtime.persistence_pages import query_page, scan_page
from portable_aws.runtime.persistence_transaction import transact
from portable_aws.runtime.persistence_writes import Expired, key_of, refused, request_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime
    from typing import Any

    from portable.persistence.driver import Query, RowKey, Rows, Scan
    from portable.persistence.table import Table
    from portable.persistence.values import Row
    from portable.persistence.writes import Delete, Update, Write

BATCH_GET = 100
BATCH_WRITE = 25
"""https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ServiceQuotas.html"""


def table_driver(
    table: Table,
    address: str,
    client: AwsClient | None = None,
    remaining: Callable[[], float] = until_deadline,
    clock: Callable[[], datetime] = utc_now,
) -> DynamoTable:
    """Return the driver of the DynamoDB table named `address`. `remaining` returns the seconds until the deadline."""
    return DynamoTable(table, address, client or shared("dynamodb"), Calls(classify, remaining), clock)


class DynamoTable:
    """A `TableDriver` over one DynamoDB table, made as `portable_aws.deploy.tables` describes."""

    def __init__(
        self, table: Table, address: str, client: AwsClient, calls: Calls, clock: Callable[[], datetime]
    ) -> None:
        self.table = table
        self.address = address
        self._client = client
        self._calls = calls
        self._clock = clock

    def get(self, key: RowKey, *, consistent: bool) -> Row | None:  # noqa: D102
        answer = self._call("get_item", {"Key": key_of(self.table, key), "ConsistentRead": consistent}, again=passing)
        item = answer.get("Item")
        return None if item is None else self._live(row_of(item))

    def put(self, write: Put) -> None:  # noqa: D102
        if write.condition is None:
            self._call("put_item", {"Item": item_of(write.row, self.table.ttl)}, again=passing)
        else:
            self._write("put_item", write, request_of(self.table, write, self._now()))

    def update(self, write: Update) -> Row:  # noqa: D102
        if write.rule is not None:
            return self._ruled(write)
        while True:
            request = request_of(self.table, write, self._now())
            if request is not None:
                request["ReturnValues"] = "ALL_NEW"
            try:
                return row_of(self._write("update_item", write, request)["Attributes"])
            except Expired:
                anew = self._anew(write)
                try:
                    self.put(anew)
                except Conflict:
                    continue  # another writer was first: start from the row as it is now
                return anew.row

    def delete(self, write: Delete) -> None:  # noqa: D102
        if write.condition is None:
            self._call("delete_item", {"Key": key_of(self.table, write.key)}, again=passing)
        else:
            self._write("delete_item", write, request_of(self.table, write, self._now()))

    def query(self, query: Query) -> Rows:  # noqa: D102
        return query_page(self.table, query, self._read, self._live)

    def scan(self, scan: Scan) -> Rows:  # noqa: D102
        return scan_page(self.table, scan, self._read, self._live)

    def batch_get(self, keys: Sequence[RowKey]) -> list[Row | None]:  # noqa: D102
        found: dict[RowKey, Row] = {}
        wanted = list(dict.fromkeys(keys))
        for start in range(0, len(wanted), BATCH_GET):
            chunk = {"Keys": [key_of(self.table, key) for key in wanted[start : start + BATCH_GET]]}
            for item in self._all("batch_get_item", {self.address: chunk}, "UnprocessedKeys"):
                row = row_of(item)
                found[row_key(self.table, row)] = row
        return [None if key not in found else self._live(found[key]) for key in keys]

    def batch_write(self, writes: Sequence[Put | Delete]) -> None:  # noqa: D102
        requests = [
            {"PutRequest": {"Item": item_of(write.row, self.table.ttl)}}
            if isinstance(write, Put)
            else {"DeleteRequest": {"Key": key_of(self.table, write.key)}}
            for write in writes
        ]
        for start in range(0, len(requests), BATCH_WRITE):
            self._all("batch_write_item", {self.address: requests[start : start + BATCH_WRITE]}, "UnprocessedItems")

    def transact(self, writes: Sequence[Write]) -> None:  # noqa: D102
        if any(getattr(write, "rule", None) is not None for write in writes):
            from portable.persistence.optimistic import until_fresh

            until_fresh(lambda: self._transact_ruled(writes), self._calls.backoff, self.table, writes[0].key)
        else:
            self._transact_all(writes)

    def _transact_all(self, writes: Sequence[Write]) -> None:
        anew: list[Write] = list(writes)
        while True:
            try:
                transact(self.table, self.address, anew, self._transact, self._live, self._now(), self._calls.backoff)
                return
            except Expired as met:
                anew = [self._anew(write) if write.key == met.key else write for write in anew]  # type: ignore[arg-type]

    def unwrap(self, native: type) -> object:
        """Return the boto3 client for `botocore.client.BaseClient`."""
        client = self._client.get()
        return client if isinstance(client, native) else None

    def _now(self) -> datetime | None:
        return self._clock() if self.table.ttl is not None else None

    def _live(self, row: Row) -> Row | None:
        return live(row, self.table.ttl, self._clock)

    def _anew(self, write: Update) -> Put:
        """Return the put of a new row for an update of an expired one. It requires that no live row exists."""
        from portable.persistence.query import field
        from portable.persistence.table import field_name

        row = outcome(self.table, write, None)
        assert row is not None
        return Put(write.key, ~field(field_name(self.table.key)).exists(), row)

    def _ruled(self, write: Update) -> Row:
        from portable.persistence.optimistic import Stale, until_fresh

        def attempt() -> Row:
            made = self._put_of(write)
            try:
                self.put(made)
            except Conflict as error:
                raise Stale from error
            return made.row

        return until_fresh(attempt, self._calls.backoff, self.table, write.key)

    def _put_of(self, write: Update) -> Put:
        """Return the put that an update with a rule comes to. A read costs a fifth of a write that is refused."""
        from portable_aws.runtime.persistence_ruled import look, put_of

        if write.rule.reads:
            return put_of(self.table, write, self.get(write.key, consistent=True))
        stored = look(self.table, write.key, lambda request: self._call("update_item", request, again=passing))
        return put_of(self.table, write, None if stored is None else self._live(stored))

    def _transact_ruled(self, writes: Sequence[Write]) -> None:
        from portable.persistence.optimistic import Stale

        def made() -> list[Write]:
            return [self._put_of(write) if getattr(write, "rule", None) is not None else write for write in writes]  # type: ignore[arg-type]

        given = made()
        try:
            self._transact_all(given)
        except Conflict as error:
            if made() != given:
                raise Stale from error
            raise

    def _read(self, operation: str, request: dict[str, Any]) -> dict[str, Any]:
        return self._call(operation, request, again=passing)

    def _transact(self, request: dict[str, Any]) -> None:
        """Try a transaction once."""
        self._call("transact_write_items", request, again=never, named=False)

    def _call(
        self, operation: str, request: dict[str, Any], again: Callable[[Exception], bool], *, named: bool = True
    ) -> dict[str, Any]:
        if named:
            request = {"TableName": self.address, **request}
        what = f'table "{self.table.name}" (DynamoDB {self.address})'
        action = partial(getattr(self._client.get(), operation), **request)
        answer: dict[str, Any] = self._calls.call(action, what, again)
        return answer

    def _write(self, operation: str, write: Write, request: dict[str, Any] | None) -> dict[str, Any]:
        """Do a conditional write. It is not retried if its outcome is unknown, as its own success could make it fail."""
        if request is None:
            raise conflict(self.table, write.key)
        try:
            return self._call(operation, request, again=slowed)
        except Conflict as error:
            cause: Any = error.__cause__
            raise refused(self.table, write, cause.response.get("Item"), self._live) from cause

    def _all(self, operation: str, request: dict[str, Any], left: str) -> list[dict[str, Any]]:
        """Do a batch until nothing is left. Items that the service returns count as throttled."""
        found: list[dict[str, Any]] = []
        rest = request

        def step() -> None:
            nonlocal rest
            answer = self._call(operation, {"RequestItems": rest}, again=never, named=False)
            found.extend(answer.get("Responses", {}).get(self.address, ()))
            rest = answer.get(left) or {}
            if rest:
                undone = rest[self.address]
                count = len(undone["Keys"] if isinstance(undone, dict) else undone)
                raise Throttled(f"DynamoDB table {self.address}: {count} items of a batch were not processed")

        self._calls.backoff.call(step, passing)
        return found
