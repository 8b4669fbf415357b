"""What tables cost: nothing in, rows of (what, measured, bar, ok) out. Ratios are of one run on one machine."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests"))

from portable.persistence.clients import TableReadWriter  # noqa: E402
from portable.persistence.table import Table  # noqa: E402

BLOB = "x" * 900
FEW = 1000
CATALOG = Table("catalog", key="owner", sort="name")
Measured = tuple[str, str, str, bool]


class _Single:
    def __init__(self, driver: Any) -> None:
        self.driver = driver

    def of(self, table: Table) -> Any:
        return self.driver


def rows() -> list[Measured]:
    """Return every measurement of this page."""
    return [*sqlite_rows(), *dynamodb_rows(), *postgresql_rows(), *cold_rows()]


def row(number: int) -> dict[str, Any]:
    """Return a row of about 1 kB."""
    return {
        "owner": f"owner-{number % 1000}",
        "name": f"name-{number:07}",
        "n": number,
        "blob": BLOB,
        "tags": ["a", "b"],
    }


def rate(action: Callable[[int], object], count: int) -> float:
    """Return calls per second."""
    start = time.perf_counter()
    for number in range(count):
        action(number)
    return count / (time.perf_counter() - start)


def sqlite_rows(largest: int = 1_000_000) -> Iterator[Measured]:
    """Measure the embedded default: durable puts, gets, and gets again with many rows."""
    from portable_local.runtime.persistence import table_driver

    with tempfile.TemporaryDirectory() as folder:
        drivers = [table_driver(CATALOG, str(Path(folder) / name)) for name in ("few.sqlite", "many.sqlite")]
        few, many = (TableReadWriter(CATALOG, _Single(driver)) for driver in drivers)  # type: ignore[arg-type]
        puts = rate(lambda number: few.put(row(number % FEW)), 3000)
        yield "SQLite: durable puts of 1 kB", f"{puts:,.0f}/s", ">= 3,000/s", puts >= 3000
        many.put(row(0))
        fill(Path(folder) / "many.sqlite", largest)
        rounds = [(gets(few, FEW), gets(many, largest)) for _ in range(7)]
        best_few, best_many = max(one for one, _ in rounds), max(one for _, one in rounds)
        yield f"SQLite: gets of 1 kB among {FEW:,} rows", f"{best_few:,.0f}/s", ">= 10,000/s", best_few >= 10_000
        yield f"SQLite: gets of 1 kB among {largest:,} rows", f"{best_many:,.0f}/s", ">= 10,000/s", best_many >= 10_000
        ratio = best_few / best_many
        yield "SQLite: cost of a get, many rows to few", f"{ratio:.2f}x", "<= 1.30x", ratio <= 1.3
        for driver in drivers:
            driver.close()


def fill(path: Path, count: int) -> None:
    """Write rows as the driver does, in one transaction and in the order of the file: a million in half a minute."""
    import sqlite3

    from portable_local.runtime.persistence_schema import Schema, number_of

    schema = Schema(CATALOG)
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA synchronous=OFF")
    connection.execute("PRAGMA cache_size=-500000")
    connection.execute("BEGIN")
    order = sorted(range(count), key=lambda number: number_of(_key(number)))
    connection.executemany(schema.put, (schema.values(_key(number), row(number)) for number in order))
    connection.execute("COMMIT")
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()


def gets(client: TableReadWriter[Any], among: int) -> float:
    """Return gets per second, spread over the first `among` rows."""
    import random

    order = random.Random(1)
    wanted = [_key(order.randrange(among)) for _ in range(10_000)]
    return rate(lambda number: client.get(*wanted[number]), len(wanted))


def dynamodb_rows(count: int = 400) -> Iterator[Measured]:
    """Compare with the bare boto3 client doing the same calls to the same server, in turn."""
    import boto3
    from servers.ministack import ministack

    from portable.persistence.shape import describe
    from portable_aws.deploy.tables import create_table
    from portable_aws.runtime.persistence import table_driver

    with tempfile.TemporaryDirectory() as folder, ministack(Path(folder)) as environment:
        os.environ |= environment
        bare = boto3.client("dynamodb")
        bare.create_table(**create_table("catalog", describe(CATALOG)))
        driver = table_driver(CATALOG, "catalog")
        ours: TableReadWriter[Any] = TableReadWriter(CATALOG, _Single(driver))  # type: ignore[arg-type]

        def bare_put(number: int) -> None:
            given = row(number)
            item = {"owner": {"S": given["owner"]}, "name": {"S": given["name"]}, "n": {"N": str(given["n"])}}
            item |= {"blob": {"S": given["blob"]}, "tags": {"L": [{"S": tag} for tag in given["tags"]]}}
            bare.put_item(TableName="catalog", Item=item)

        def bare_get(number: int) -> object:
            key = {"owner": {"S": f"owner-{number % 1000}"}, "name": {"S": f"name-{number:07}"}}
            item = bare.get_item(TableName="catalog", Key=key)["Item"]
            return {
                "n": int(item["n"]["N"]),
                "blob": item["blob"]["S"],
                "tags": [tag["S"] for tag in item["tags"]["L"]],
            }

        yield _ratio("DynamoDB: put to the bare boto3 client", lambda n: ours.put(row(n)), bare_put, count)
        yield _ratio("DynamoDB: get to the bare boto3 client", lambda n: ours.get(*_key(n)), bare_get, count)


def postgresql_rows(count: int = 3000) -> Iterator[Measured]:
    """Compare with the bare psycopg connection doing the same to the same server, in turn. Writes are durable."""
    import psycopg
    from psycopg.types.json import Jsonb
    from servers.postgres import postgres

    from portable.persistence.shape import describe
    from portable_container.runtime.clients import Postgres
    from portable_container.runtime.persistence import table_driver
    from portable_container.runtime.schema import migrate
    from portable_container.runtime.schema_database import Database

    put = "INSERT INTO bare VALUES (%s, %s, %s) ON CONFLICT (owner, name) DO UPDATE SET body = excluded.body"  # as ours
    with postgres(fsync="on") as server, psycopg.connect(server.uri, autocommit=True) as bare:
        bare.execute("CREATE TABLE bare (owner text, name text, body jsonb NOT NULL, PRIMARY KEY (owner, name))")
        own = Postgres(server.uri)
        migrate(own, Database("bench", (describe(CATALOG),)))
        driver = table_driver(CATALOG, "bench.catalog", own)
        ours: TableReadWriter[Any] = TableReadWriter(CATALOG, _Single(driver))  # type: ignore[arg-type]

        def bare_put(number: int) -> None:
            given = row(number)
            bare.execute(put, (given["owner"], given["name"], Jsonb(given)))

        def bare_get(number: int) -> object:
            found = bare.execute("SELECT body FROM bare WHERE owner = %s AND name = %s", _key(number)).fetchone()
            return found and found[0]

        what = "PostgreSQL: {} to the bare psycopg connection"
        yield _ratio(what.format("put"), lambda n: ours.put(row(n)), bare_put, count, 1.25)
        yield _ratio(what.format("get"), lambda n: ours.get(*_key(n)), bare_get, count, 1.25)
        own.close()


def _key(number: int) -> tuple[str, str]:
    return f"owner-{number % 1000}", f"name-{number:07}"


def _ratio(
    what: str, ours: Callable[[int], object], bare: Callable[[int], object], count: int, bar: float = 1.10
) -> Measured:
    mine, theirs = [], []
    for number in range(count):
        for action, times in ((bare, theirs), (ours, mine)) if number % 2 else ((ours, mine), (bare, theirs)):
            start = time.perf_counter()
            action(number)
            times.append(time.perf_counter() - start)
    ratio = median(mine[20:]) / median(theirs[20:])
    return what, f"{ratio:.2f}x ({median(mine) * 1e3:.2f} ms)", f"<= {bar:.2f}x", ratio <= bar


def cold_rows(count: int = 21) -> Iterator[Measured]:
    """Measure what declaring a table that a call does not use adds to the start of a process."""
    code = (
        # as in a packaged function, no collection falls due while it loads
        "import gc, time\ngc.disable()\nfrom portable import function, http\nt = time.perf_counter()\n"
        "from portable.persistence.table import Table\nTable('catalog', key='owner', sort='name')\n"
        "print(time.perf_counter() - t)"
    )
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, "PYTHONPYCACHEPREFIX": folder, "PYTHONDONTWRITEBYTECODE": ""}
        command = [sys.executable, "-c", code]
        times = [
            float(subprocess.run(command, capture_output=True, check=True, cwd=ROOT, env=environment).stdout)
            for _ in range(count)
        ][1:]  # the first run compiled: what is shipped is compiled already
    added = median(times) * 1e3
    yield "cold start added by a declared, unused table", f"{added:.2f} ms", "<= 1 ms", added <= 1


if __name__ == "__main__":
    for what, measured, bar, ok in rows():
        print(f"{'ok  ' if ok else 'MISS'} {what:60} {measured:>20} {bar:>12}")
