"""`limit=`: calls at the same time, time that passes, and a table that is away, as a test of an app sees them."""

from __future__ import annotations

from typing import Any

import pytest
from unit.testing import limits_app as app

from portable import Request, http
from portable.base.backoff import until_deadline
from portable.compute.limited import whose
from portable.errors import PermissionDenied, Throttled, Timeout, Unavailable
from portable.persistence.memory import MemoryTable
from portable.testing import Cloud, at_least_once


@pytest.fixture
def portable_app():
    return app


def sold_at_once(cloud: Cloud, count: int) -> list[int]:
    answers = cloud.at_once(*(lambda: cloud.http.post("/sales") for _ in range(count)))
    return sorted(answer.status_code for answer in answers)


@at_least_once(runs=25, seed=3)
def test_calls_of_several_instances_at_once_never_pass_the_limit(cloud: Cloud) -> None:
    assert sold_at_once(cloud, 3) == [200, 200, 429]
    assert cloud.table(app.sales).get("all")["sold"] == 2
    cloud.clock.advance(seconds=59)
    assert sold_at_once(cloud, 2) == [429, 429]
    cloud.clock.advance(seconds=1)
    assert sold_at_once(cloud, 3) == [200, 200, 429]


class Writes:
    """Counts the updates of tables, and fails them while there is an `error`."""

    error: Exception | None = None
    count = 0


@pytest.fixture
def writes(monkeypatch: pytest.MonkeyPatch) -> Writes:
    found, update = Writes(), MemoryTable.update

    def watched(table: MemoryTable, write: Any) -> Any:
        found.count += 1
        if found.error is not None:
            raise found.error
        return update(table, write)

    monkeypatch.setattr(MemoryTable, "update", watched)
    return found


def test_each_call_is_one_update_of_one_row_that_ends(cloud: Cloud, writes: Writes) -> None:
    ada = cloud.http.as_user("ada")
    assert [ada.post("/later").status_code for _ in range(3)] == [200, 200, 429]
    assert writes.count == 3
    (row,) = cloud.table(app.calls).rows()
    assert row["id"] == ":limit/sell-later/key:ada"
    assert row["ends"].timestamp() == pytest.approx(cloud.clock.time() + 3660, abs=0.01)
    cloud.clock.advance(minutes=1)
    assert ada.post("/later").expect(200).headers["ratelimit"] == '"key:2/m";r=1;t=60, "key:3/h";r=0;t=3541'
    cloud.clock.advance(hours=1, minutes=1)
    assert cloud.table(app.calls).rows() == []


@pytest.mark.parametrize("error", [Unavailable("x"), Timeout("x")], ids=lambda each: type(each).__name__)
def test_who_cannot_be_counted_is_refused_unless_the_limit_allows_it(
    cloud: Cloud, writes: Writes, error: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    writes.error = error
    answer = cloud.http.post("/sales").expect(503)
    assert answer.headers["retry-after"] == "10"
    assert answer.json() == {"detail": "the call cannot be counted now, try again later"}
    assert "ratelimit" not in cloud.http.get("/open").expect(200).headers
    assert caplog.messages == [
        "the call cannot be counted: x",
        "the call is let in although it cannot be counted: x",
    ]
    writes.error = None
    cloud.http.get("/open").expect(200)
    cloud.http.get("/open").expect(429)


def test_who_keeps_the_row_busy_does_not_get_in_by_it(cloud: Cloud, writes: Writes) -> None:
    writes.error = Throttled("other writers kept changing it")
    cloud.http.get("/open").expect(503)


def test_a_table_that_is_set_up_wrongly_lets_nobody_in(cloud: Cloud, writes: Writes) -> None:
    writes.error = PermissionDenied("no")
    assert cloud.http.get("/open").expect(500).json() == {"detail": "Internal Server Error"}


def test_a_call_waits_two_seconds_for_its_count_and_no_longer(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    left: list[float] = []

    def asked(_table: MemoryTable, _write: Any) -> Any:
        left.append(until_deadline())
        raise Unavailable("x")

    monkeypatch.setattr(MemoryTable, "update", asked)
    cloud.http.post("/sales").expect(503)
    assert left == [pytest.approx(2.0)]


def test_a_link_local_address_counts_as_its_network() -> None:
    by_ip = http.rate("1/s", by="ip", table=app.calls)
    assert whose(by_ip, Request("GET", "/", client_ip="fe80::1%eth0")) == "ip:fe80:0000:0000:0000::/64"
