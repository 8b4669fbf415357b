"""The ordinary tests of the three apps. Each takes the cloud and the app's module, and fails as a user's test would."""

from __future__ import annotations

from types import ModuleType
from typing import Any

from portable.testing import Cloud

Body = Any


def orders_are_booked(cloud: Cloud, app: ModuleType) -> None:
    for number in range(3):
        order = {"id": f"o-{number}", "customer": "ada", "amount": 10}
        cloud.http.post("/orders", json=order, headers={"X-Caller": "web"}).expect(202)
    cloud.settle()
    assert sum(row["amount"] for row in cloud.table(app.totals).query("ada").items) == 30
    for number in range(3):
        row = cloud.table(app.orders).get(f"o-{number}")
        assert row["booked"] is True
        assert row["mailed"] is True
        assert row["caller"] == "web"
    assert cloud.queue(app.incoming).dead_letters == []
    assert cloud.failures == []


def poison_is_put_aside(cloud: Cloud, app: ModuleType) -> None:
    cloud.http.post("/orders", json={"id": "bad", "customer": "ada", "amount": -1}).expect(202)
    cloud.http.post("/orders", json={"id": "good", "customer": "ada", "amount": 1}).expect(202)
    cloud.settle()
    assert [dead.json()["id"] for dead in cloud.queue(app.incoming).dead_letters] == ["bad"]
    assert cloud.table(app.orders).get("good")["booked"] is True


def an_account_is_opened(cloud: Cloud, app: ModuleType) -> None:
    cloud.http.post("/accounts/ada").expect(201)
    cloud.http.post("/accounts/ada").expect(200)


def the_catalogue_follows(cloud: Cloud, app: ModuleType) -> None:
    for name in ("a.txt", "b.txt"):
        cloud.http.put(f"/files/{name}", content=b"hello").expect(201)
    cloud.bucket(app.files).delete("in/a.txt")
    cloud.settle()
    assert [row["name"] for row in cloud.table(app.catalog).rows()] == ["in/b.txt"]
    assert cloud.failures == []


def names_may_hold_anything(cloud: Cloud, app: ModuleType) -> None:
    for name in ("one+two three.txt", "ümlaut/50%.txt", "a&b=c.txt"):
        cloud.http.put(f"/files/{name.replace('%', '%25')}?tag=x%2By", content=b"\xff\xfe\x00").expect(201)
        assert cloud.http.get(f"/files/{name.replace('%', '%25')}").expect(200).content == b"\xff\xfe\x00"
    cloud.settle()
    assert sorted(row["name"] for row in cloud.table(app.catalog).rows()) == sorted(
        ("in/one+two three.txt", "in/ümlaut/50%.txt", "in/a&b=c.txt")
    )
    assert cloud.failures == []


def what_is_sent_comes_back(cloud: Cloud, app: ModuleType) -> None:
    stored = cloud.http.put("/files/a?tag=1&tag=2", content=b"x", headers={"content-type": "text/csv"}).expect(201)
    assert stored.json() == {"name": "a", "tag": "2"}
    assert cloud.bucket(app.files).head("in/a").content_type == "text/csv"
    fetched = cloud.http.get("/files/a").expect(200)
    assert fetched.cookies == {"seen": "1", "last": "x"}
    assert cloud.http.get("/files/nothing").expect(404).json() == {"missing": "nothing"}


def a_rename_keeps_the_file(cloud: Cloud, app: ModuleType) -> None:
    cloud.bucket(app.files).put("in/old", b"content")
    cloud.queue(app.renames).send(["old", "new"])
    cloud.settle()
    assert cloud.bucket(app.files).keys("in/") == ["in/new"]
    assert cloud.bucket(app.files).get("in/new") == b"content"
    assert [row["name"] for row in cloud.table(app.catalog).rows()] == ["in/new"]


def a_report_is_of_its_day(cloud: Cloud, app: ModuleType) -> None:
    cloud.bucket(app.files).put("in/a", b"x")
    cloud.schedule(app.report).fire(at="2026-05-01T23:59:59")
    assert cloud.bucket(app.files).get("reports/2026-05-01") == b"1"
    assert cloud.bucket(app.files).keys("reports/") == ["reports/2026-05-01"]


def payments_are_booked_once(cloud: Cloud, app: ModuleType) -> None:
    for what in ("rent", "food"):
        cloud.queue(app.payments).send(what)
    cloud.settle()
    assert sorted(row["what"] for row in cloud.table(app.ledger).query("cash").items) == ["food", "rent"]
    assert sorted(row["entry"] for row in cloud.table(app.ledger).query("heard").items) == ["food", "rent"]
    assert cloud.failures == []


def the_newest_step_wins(cloud: Cloud, app: ModuleType) -> None:
    for version in (1, 2, 3):
        cloud.queue(app.steps).send(version)
    cloud.settle()
    assert cloud.table(app.states).get("o-1")["version"] == 3


def a_child_waits_for_its_parent(cloud: Cloud, app: ModuleType) -> None:
    for name in ("ada", "bob"):
        cloud.queue(app.parents).send(name)
        cloud.queue(app.children).send({"of": name, "name": f"{name}'s child"})
    cloud.settle()
    assert cloud.table(app.family).get("ada")["children"] == ["ada's child"]
    assert cloud.table(app.family).get("bob")["children"] == ["bob's child"]
    assert cloud.failures == []


def a_task_is_done_under_its_lease(cloud: Cloud, app: ModuleType) -> None:
    cloud.queue(app.tasks).send("sweep")
    cloud.queue(app.tasks).send("sweep")
    cloud.settle()
    assert cloud.table(app.family).get("sweep")["done"] is True


def a_member_joins(cloud: Cloud, app: ModuleType) -> None:
    cloud.http.put("/members/ada").expect(201)
    cloud.settle()
    assert cloud.table(app.orders).get("ada") == {"id": "ada", "member": True, "mailed": True}
