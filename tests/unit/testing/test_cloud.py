"""The in-memory cloud: HTTP, buckets, queues, topics, tables, schedules, secrets, and what a test sees of them."""

from __future__ import annotations

import subprocess
import sys
from types import SimpleNamespace

import pytest
from unit.testing import kit_app as app

from portable.testing import TooManyDeliveries, events, memory

JPEG = b"\xff\xd8\xff\xe0" + bytes(range(256))


def test_a_call_answers_like_httpx(cloud) -> None:
    response = cloud.http.put("/photos/cat.jpg", content=JPEG).expect(201)
    assert response.status_code == 201
    assert response.json() == {"stored": "cat.jpg"}
    assert response.headers["Content-Type"] == "application/json"
    assert cloud.http.get("/photos/cat.jpg").content == JPEG


def test_an_object_flows_through_every_function(cloud) -> None:
    cloud.http.put("/photos/cat.jpg", content=JPEG).expect(201)
    assert [call.function for call in cloud.calls] == ["upload"]
    cloud.settle()
    assert cloud.table(app.catalog).get("ada", "cat.jpg")["size"] == len(JPEG)
    assert cloud.table(app.catalog).get("news", "cat.jpg") == {"owner": "news", "name": "cat.jpg", "announced": True}
    assert [message.text() for message in cloud.topic(app.news).published] == ["cat.jpg"]
    assert cloud.function(app.audit).logs == ["audited cat.jpg"]
    assert cloud.queue(app.jobs).pending == []
    assert cloud.queue(app.jobs).dead_letters == []
    assert cloud.failures == []


def test_a_refused_value_of_the_request_is_an_answer_and_no_failure(cloud) -> None:
    assert cloud.http.put("/photos/..%2Fsecret", content=JPEG).status_code == 404
    assert cloud.failures == []
    assert cloud.function(app.upload).failures == []


def test_only_a_fitting_key_fires(cloud) -> None:
    cloud.bucket(app.photos).put("notes.txt", b"x")
    cloud.settle()
    assert cloud.function(app.index).calls == []


def test_a_deleted_object_fires_an_async_handler(cloud) -> None:
    cloud.table(app.catalog).put({"owner": "ada", "name": "a.jpg"})
    cloud.bucket(app.photos).put("a.jpg", b"x")
    cloud.bucket(app.photos).delete("a.jpg")
    cloud.bucket(app.photos).delete("a.jpg")
    cloud.function(app.index).fail_next(RuntimeError("no"))
    cloud.settle()
    assert len(cloud.function(app.forget).calls) == 1


def test_each_test_has_its_own_cloud(cloud) -> None:
    assert cloud.bucket(app.photos).keys() == []
    assert cloud.calls == []


def test_poison_is_dead_after_exactly_the_declared_attempts(cloud) -> None:
    sent = cloud.queue(app.jobs).send(app.Job("poison"))
    cloud.settle()
    assert [call.attempt for call in cloud.function(app.work).calls] == [1, 2, 3]
    (dead,) = cloud.queue(app.jobs).dead_letters
    assert dead.id == sent
    assert dead.json() == {"name": "poison"}
    assert dead.attributes["portable-attempts"] == "3"
    assert dead.attributes["portable-error-type"] == "ValueError"
    assert len(cloud.failures) == 3
    assert "poison cannot be worked on" in cloud.failures[0].traceback
    assert "kit_app.py" in cloud.failures[0].traceback
    assert cloud.queue(app.jobs).redrive() == 1
    assert len(cloud.queue(app.jobs).pending) == 1
    cloud.settle()
    assert [call.attempt for call in cloud.function(app.work).calls] == [1, 2, 3] * 2, "it begins anew"


def test_a_payload_that_does_not_decode_is_a_failed_attempt(cloud) -> None:
    cloud.queue(app.jobs).send("no json")
    cloud.settle()
    assert len(cloud.queue(app.jobs).dead_letters) == 1
    assert len(cloud.function(app.work).failures) == 3


def test_a_failure_that_was_ordered_happens_once(cloud) -> None:
    cloud.function(app.work).fail_next(RuntimeError("once"))
    cloud.queue(app.jobs).send(app.Job("a"))
    cloud.settle()
    assert [str(failure.error) for failure in cloud.function(app.work).failures] == ["once"]
    assert [message.text() for message in cloud.topic(app.news).published] == ["a"]


def test_a_failure_can_come_after_a_side_effect(cloud) -> None:
    cloud.function(app.index).fail_next(RuntimeError("half way"), after=1)
    cloud.bucket(app.photos).put("a.jpg", b"x")
    cloud.settle()
    assert [len(call.resource_calls) for call in cloud.function(app.index).calls] == [1, 2]


def test_a_client_without_the_permission_is_denied(cloud) -> None:
    response = cloud.http.delete("/photos/a.jpg")
    assert response.status_code == 500
    assert "does not have delete" in str(cloud.failures[0].error)
    with pytest.raises(AssertionError, match=r"(?s)^Traceback.*does not have delete.*answered 500, not 204"):
        response.expect(204)


def test_an_http_error_is_no_failure(cloud) -> None:
    assert cloud.http.post("/teapot").expect(418).json() == {"detail": "short and stout"}
    assert cloud.failures == []
    assert cloud.http.get("/nothing").status_code == 404
    assert cloud.http.patch("/teapot").expect(405).headers["allow"] == "OPTIONS, POST"


def test_a_schedule_fires_in_its_own_zone(cloud) -> None:
    cloud.schedule(app.nightly).fire(at="2026-07-01T02:30")
    (row,) = cloud.table(app.catalog).query("ticks").items
    assert row["name"] == "2026-07-01T00:30:00+00:00"
    assert row["fired"] == row["name"]


def test_settling_never_fires_a_schedule_and_passing_time_does(cloud) -> None:
    cloud.clock.set("2026-03-27T12:00")
    cloud.settle()
    assert cloud.function(app.nightly).calls == []
    cloud.clock.advance(days=3)
    ticks = [call.event.scheduled_at.isoformat() for call in cloud.function(app.nightly).calls]
    assert ticks == ["2026-03-28T01:30:00+00:00", "2026-03-30T00:30:00+00:00"]  # 29 March has no 02:30 in Berlin


def test_a_local_time_that_comes_twice_is_due_twice(cloud) -> None:
    due = cloud.schedule(app.nightly).due("2026-10-25T00:00", "2026-10-26T00:00")
    assert [moment.isoformat() for moment in due] == ["2026-10-25T00:30:00+00:00", "2026-10-25T01:30:00+00:00"]


def test_a_row_lives_as_long_as_its_time(cloud) -> None:
    sessions = cloud.table(app.sessions)
    sessions.put({"token": "t", "ends": int(cloud.clock.time()) + 60})
    assert sessions.get("t")["token"] == "t"
    cloud.clock.advance(minutes=2)
    assert sessions.get("t", default=None) is None


def test_secrets_and_settings_are_given_by_the_test(cloud) -> None:
    cloud.secret(app.token).set("s3cret")
    assert cloud.http.get("/secret").json() == {"token": "s3cret", "color": "blue"}
    cloud.setting(app.color).set("red")
    assert cloud.http.get("/secret").json()["color"] == "red"


def test_a_secret_without_a_value_says_how_to_give_it_one(cloud) -> None:
    cloud.http.get("/secret")
    assert 'cloud.secret("api-token").set' in str(cloud.failures[0].error)


def test_any_function_can_be_fired(cloud) -> None:
    cloud.function(app.index).fire(events.object_created(app.photos, "x.jpg", size=3))
    cloud.function(app.work).fire(events.message(app.Job("direct")))
    assert cloud.table(app.catalog).get("ada", "x.jpg")["size"] == 3
    assert cloud.function(app.work).calls[-1].event.id == "m-0"
    assert cloud.function(app.work).calls[-1].event.payload == app.Job("direct")


def test_what_cannot_be_decoded_is_shown_raw(cloud) -> None:
    cloud.queue(app.jobs).send(b"no job")
    cloud.settle()
    assert {call.event.payload for call in cloud.function(app.work).calls} == {b"no job"}


def test_functions_that_feed_one_another_for_ever_are_stopped(cloud) -> None:
    from portable.testing.session.settling import Settler

    cloud.queue(app.jobs).send(app.Job("a"))
    settler: Settler = cloud.inside.firing.settler
    settler.transport = SimpleNamespace(deliver=lambda pending, deliveries: [one.receipt for one in deliveries])
    with pytest.raises(TooManyDeliveries, match="work 10001 times"):
        cloud.settle()


async def test_an_async_test_needs_no_other_plugin(cloud) -> None:
    cloud.bucket(app.photos).put("a.jpg", JPEG)
    assert cloud.http.get("/photos/a.jpg").content == JPEG


def test_memory_needs_no_fixture() -> None:
    store = memory(app.photos)
    response = app.upload("a.jpg", b"x", store)
    assert response.status == 201
    assert store.get("a.jpg") == b"x"
    table, queue = memory(app.catalog), memory(app.jobs)
    app.index(events.object_created(app.photos, "a.jpg", size=1), table, queue)
    assert table.rows() == [{"owner": "ada", "name": "a.jpg", "size": 1}]
    assert queue.pending[0].json() == {"name": "a.jpg"}


def test_what_is_confused_is_told(cloud) -> None:
    with pytest.raises(TypeError, match=r"cloud\.queue takes a Queue, not Topic"):
        cloud.queue(app.news)
    with pytest.raises(TypeError, match="nightly is a schedule function: it is fired with a Tick, not Message"):
        cloud.function(app.nightly).fire(events.message(app.Job("x")))
    with pytest.raises(TypeError, match="work is a queue function: it is fired with a Message, not Tick"):
        cloud.function(app.work).fire(events.tick("2026-01-01"))


def test_every_public_name_is_itself_in_whatever_order_it_is_imported() -> None:
    code = (
        "import pkgutil, portable.testing as kit\n"
        "for module in pkgutil.iter_modules(kit.__path__): assert module.name not in kit._HOMES, module.name\n"
        "from portable.testing import async_memory, memory, replay, record\n"
        "assert all(map(callable, (async_memory, memory, replay, record)))"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
