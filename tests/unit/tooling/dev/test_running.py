"""The whole app on this machine: each trigger fires, by the rules of the clouds, and all is noted."""

from __future__ import annotations

import base64
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hosts.local_dev import Dev, dev
from unit.tooling.dev import dev_app

from portable.errors import UnsupportedError
from portable.eventing.queue import Queue
from portable.storage.driver import ALWAYS, Attributes
from portable.testing.app import load_folder
from portable.tooling.dev.ticking import Ticker
from portable.tooling.run.invoking import Unfit

APP = [dev_app]
TRACE = "0af7651916cd43dd8448eb211c80319c"


@pytest.fixture(autouse=True)
def _clean() -> Iterator[None]:
    yield
    dev_app.broken.clear()
    dev_app.seen.clear()


@pytest.fixture
def app(tmp_path: Path) -> Iterator[Dev]:
    with dev(tmp_path, APP) as found:
        yield found


@pytest.mark.parametrize("path", ["/jobs/a", "/later/a"])
def test_what_follows_from_a_request_is_one_trace(app: Dev, path: str) -> None:
    assert app.http("POST", path, traceparent=f"00-{TRACE}-b7ad6b7169203331-01").status == 200
    [indexed] = app.ended("index", "done")
    trace = app.running.journal.trace(TRACE)
    assert [(found.function, found.kind) for found in trace[1:]] == [("work", "queue"), ("index", "object")]
    request, worked, _ = trace
    assert (request.parent, worked.parent, indexed.parent) == ("b7ad6b7169203331", request.id, worked.id)
    assert [(call.kind, call.name, call.method, call.what) for call in worked.calls] == [
        ("bucket", "files", "put", "done/a")
    ]
    assert request.calls[0].method == "send"
    assert app.running.journal.used()["work"] == {("bucket", "files", "put")}
    assert dev_app.seen == ["done/a"]


def test_a_request_is_told_with_its_response_its_logs(app: Dev) -> None:
    app.http("POST", "/later/a?b=c", b"body", content_type="text/plain")
    [found] = app.ended("later", "done")
    assert found.event["path"] == "/later/a?b=c"
    assert base64.b64decode(found.event["data"]) == b"body"
    assert ["content-type", "text/plain"] in found.event["headers"]
    assert found.response is not None
    assert (found.status, found.response["status"], found.label) == (200, 200, "POST /later/a")
    app.http("POST", "/jobs/b")
    [ordered] = app.ended("order", "done")
    assert [(line.level, line.text) for line in ordered.logs] == [("INFO", "ordered b")]


def test_a_handler_that_raises_is_told_with_the_users_own_traceback(app: Dev) -> None:
    assert app.http("GET", "/fails").status == 500
    [found] = app.ended("fails", "failed")
    assert found.error == "ValueError: it fails"
    assert "dev_app.py" in found.traceback
    assert "dispatch" not in found.traceback


def test_paths_and_methods_are_those_of_the_router_that_ships(app: Dev) -> None:
    assert app.http("GET", "/nowhere").status == 404
    answer = app.http("DELETE", "/jobs/a")
    assert (answer.status, answer.headers["allow"]) == (405, "OPTIONS, POST")
    assert [(found.function, found.status) for found in app.all()] == [("", 404), ("", 405)]


def test_the_files_of_a_site_are_noted_only_when_somebody_fires_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "web").mkdir()
    (tmp_path / "web" / "index.html").write_text("<h1>Shop</h1>")
    (tmp_path / "dev_site.py").write_text('from portable import http\n\nsite = http.static("/", "web")\n')
    (tmp_path / "pyproject.toml").write_text('[tool.portable]\nmodules = ["dev_site"]\n')
    monkeypatch.syspath_prepend(tmp_path)
    with dev(tmp_path, load_folder(tmp_path)) as app:
        assert [app.http("GET", path).status for path in ("/", "/none.js")] == [200, 404]
        assert app.all() == []
        fired = app.running.fire("site", {"method": "GET", "path": "/"})
        assert [(found.id, found.outcome, found.status) for found in app.all()] == [(fired, "done", 200)]


def test_a_message_is_tried_again_and_then_goes_to_the_dead_letters(app: Dev) -> None:
    dev_app.broken.add("a")
    app.http("POST", "/jobs/a")
    found = app.ended("work", "dead")
    assert [(each.attempt, each.outcome) for each in found] == [(1, "failed"), (2, "dead")]
    dead = app.running.drivers.of(Queue("jobs").dead_letters)
    [letter] = dead.peek(10)
    assert (letter.payload, letter.attributes["portable-error"]) == (b"a", "cannot do a")


def test_an_object_that_cannot_be_handled_is_dropped_and_told_so(app: Dev) -> None:
    dev_app.broken.add("done/a")
    app.http("POST", "/jobs/a")
    assert [each.outcome for each in app.ended("index", "dropped")] == ["failed", "dropped"]


def test_groups_keep_their_order_when_a_message_fails(app: Dev) -> None:
    dev_app.broken.add("a1")
    app.http("POST", "/steps")
    app.ended("step", "done", 4)
    assert [name for name in dev_app.seen if name.startswith("a")] == ["a1", "a2", "a3"]


def test_a_topic_sends_to_each_function_whose_filter_fits(app: Dev) -> None:
    app.http("POST", "/news/bad")
    app.http("POST", "/news/good")
    app.ended("every", "done", 2)
    app.ended("good", "done")
    assert sorted(dev_app.seen) == ["every hello", "every hello", "good hello"]


def test_records_come_to_their_function_in_the_order_of_their_keys(app: Dev) -> None:
    app.http("POST", "/clicks")
    app.wait(lambda _: len(dev_app.seen) == 3)
    assert [name for name in dev_app.seen if name.startswith("x")] == ["x1", "x2"]


def test_a_deleted_object_fires_once_and_what_was_not_there_does_not(app: Dev) -> None:
    bucket = app.running.drivers.of(app.running.resource("bucket", "files"))
    bucket.put("a", b"x", Attributes("text/plain", {}), ALWAYS)
    bucket.delete("a")
    bucket.delete("a")
    app.ended("forget", "done")
    assert dev_app.seen == ["deleted a"]


def test_a_schedule_fires_once_however_many_processes_look(app: Dev) -> None:
    [function] = [found for found in app.running.app.functions if found.name == "nightly"]
    moment = datetime(2026, 1, 5, 2, 0, tzinfo=UTC)
    queues = {"nightly": app.running.queues["nightly"]}
    for _ in range(2):
        Ticker([function], queues, lambda: None, app.said.append).fire(moment, {"nightly": moment})
    app.ended("nightly", "done")
    assert dev_app.seen == ["tick 02:00"]
    [schedule] = app.running.schedules()
    assert (schedule.expression, schedule.timezone, len(schedule.next)) == ("0 3 * * *", "Europe/Berlin", 5)
    assert schedule.last is not None


def test_a_moment_that_this_machine_slept_through_is_passed_over(app: Dev) -> None:
    [function] = [found for found in app.running.app.functions if found.name == "nightly"]
    moment, now = datetime(2026, 1, 5, 2, 0, tzinfo=UTC), datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
    upcoming = {"nightly": moment}
    Ticker([function], {}, lambda: None, app.said.append).fire(now, upcoming)  # type: ignore[arg-type]
    assert upcoming == {"nightly": datetime(2026, 1, 6, 2, 0, tzinfo=UTC)}


def test_signed_urls_store_and_send_an_object(app: Dev) -> None:
    upload = app.http("GET", "/url/done/a%20b?upload=true").body.decode().removeprefix("http://127.0.0.1:8000")
    assert app.http("PUT", upload, b"0123456789", content_type="image/png").status == 200
    app.ended("index", "done")
    assert dev_app.seen == ["done/a b"]
    url = app.http("GET", "/url/done/a%20b").body.decode().removeprefix("http://127.0.0.1:8000")
    answer = app.http("GET", url)
    assert (answer.status, answer.body, answer.headers["content-type"]) == (200, b"0123456789", "image/png")
    part = app.http("GET", url, range="bytes=2-4")
    assert (part.status, part.body, part.headers["content-range"]) == (206, b"234", "bytes 2-4/10")
    assert app.http("GET", url, range="bytes=-3").body == b"789"
    assert app.http("GET", url, range="bytes=10-").status == 416


def test_a_signed_url_is_good_for_its_method_and_its_key_only(app: Dev) -> None:
    url = app.http("GET", "/url/a").body.decode().removeprefix("http://127.0.0.1:8000")
    assert app.http("PUT", url, b"x").status == 403
    assert app.http("GET", url.replace("/a?", "/b?")).status == 403
    assert app.http("GET", url.replace("expires=", "expires=9")).status == 403
    assert app.http("GET", "/_portable/signed/files/a").status == 403
    assert app.http("GET", url).status == 404


def test_a_secret_is_read_anew_and_never_kept(app: Dev, tmp_path: Path) -> None:
    file = tmp_path / ".portable.env"
    for value in ("first-secret", "other-secret"):
        file.write_text(f"password={value}\n")
        assert app.http("GET", "/secret").body == value.encode()
    app.ended("tells", "done", 2)
    journal = (tmp_path / ".portable" / "local").glob("journal.sqlite*")
    assert not any(b"-secret" in part.read_bytes() for part in journal)


def test_an_event_as_plain_data_calls_a_function_once(app: Dev) -> None:
    dev_app.broken.add("a")
    running = app.running
    ids = [
        running.fire("work", {"kind": "message", "payload": "a"}),
        running.fire("index", {"key": "done/b"}),
        running.fire("later", {"method": "POST", "path": "/later/c"}),
        running.fire("nightly", {"kind": "tick", "scheduled_at": "2026-01-05T02:00:00+00:00"}),
    ]
    found = [running.journal.one(each) for each in ids]
    assert [(each.function, each.outcome) for each in found if each] == [
        ("work", "failed"),
        ("index", "done"),
        ("later", "done"),
        ("nightly", "done"),
    ]
    assert found[0] is not None
    assert running.fire("work", found[0].event | {"payload": "fine"}) != found[0].id


def test_an_event_that_does_not_fit_is_refused(app: Dev) -> None:
    with pytest.raises(Unfit, match="work takes a message"):
        app.running.fire("work", {"kind": "tick"})
    with pytest.raises(Unfit, match="there is no function nothing"):
        app.running.fire("nothing", {})


def test_events_take_the_wire_that_was_asked_for(tmp_path: Path) -> None:
    with dev(tmp_path, APP, "aws") as app:
        dev_app.broken.add("a")
        assert app.http("POST", "/jobs/a").status == 200
        found = app.ended("work", "dead")
        assert [(each.attempt, each.outcome, each.wire) for each in found] == [(1, "failed", "aws"), (2, "dead", "aws")]
        app.http("POST", "/later/b")
        app.ended("index", "done")
        [request] = app.ended("later", "done")
        assert request.wire == "aws"
        assert [each.function for each in app.running.journal.trace(request.trace)] == ["later", "work", "index"]


def test_the_container_names_the_functions_of_its_threads_and_of_its_loop(app: Dev) -> None:
    for function, path in (("later", "/later/a"), ("order", "/jobs/a")):
        call = app.running.fire(function, {"method": "POST", "path": path}, "container")
        found = app.running.journal.one(call)
        assert found is not None
        assert (found.function, found.wire, found.status) == (function, "container", 200)


def test_a_wire_that_cannot_bring_an_event_says_so(app: Dev) -> None:
    with pytest.raises(UnsupportedError, match="ironworker cannot do this"):
        app.running.fire("fails", {"path": "/fails"}, "ironworker")
    assert "portable_ironworker" in sys.modules
