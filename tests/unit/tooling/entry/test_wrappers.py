"""`around`, `before` and `@http.errors`: what goes around a generated call, for every kind of trigger."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from unit.tooling.entry.apps import served
from unit.tooling.entry.shared_apps import HEAD, log

from portable.eventing.message import Message
from portable.eventing.record import Record, RecordBatch
from portable.eventing.schedule import Tick
from portable.storage.event import StoredObject
from portable.tooling.entry.call_source import call_name

AWAITED = pytest.mark.parametrize("awaited", [True, False], ids=["awaiting host", "blocking host"])
TIMED = """
    T = TypeVar("T")

    def timed(call: Call[T]) -> T:
        log.append(f"{call.function} {type(call.event).__name__} {call.context.request_id}")
        try:
            return call()
        finally:
            log.append("done")
"""
MOMENT = datetime(2026, 1, 1, tzinfo=UTC)


def test_a_wrapper_of_the_app_wraps_every_kind_of_function(tmp_path: Path) -> None:
    source = f"""{TIMED}
    around(timed)
    clicks = Stream("clicks")
    news = Topic("news")

    @function(http.get("/"))
    def home() -> str:
        return "home"

    @function(jobs.messages())
    def work(job: Message[int]) -> None:
        log.append(job.payload)

    @function(news.messages())
    def read(message: Message[bytes]) -> None: ...

    @function(schedule.every(minutes=5))
    def often(tick: Tick) -> None: ...

    @function(photos.created())
    def index(photo: StoredObject) -> None: ...

    @function(clicks.records())
    def count(records: list[Record]) -> list[Record]:
        return records[1:]
    """
    with served(tmp_path, source, HEAD) as entry:
        assert entry.send("GET", "/").text_body == "home"
        entry.call("work", Message("m", b"7"))
        entry.call("read", Message("m", b"7"))
        entry.call("often", Tick(MOMENT))
        entry.call("index", StoredObject("photos", "a", 1))
        records = RecordBatch([Record("a", b"", "k", "1"), Record("b", b"", "k", "2")])
        assert [record.id for record in entry.call("count", records)] == ["b"]
        assert log(entry) == [
            *("home Request request-1", "done", "work Message request-1", 7, "done", "read Message request-1", "done"),
            *("often Tick request-1", "done", "index StoredObject request-1", "done"),
            *("count RecordBatch request-1", "done"),
        ]


def test_wrappers_are_nested_those_of_the_app_outermost_then_the_groups_then_the_functions_own(tmp_path: Path) -> None:
    names = ("outer", "group", "inner", "last")
    wrappers = "".join(
        f"""
    def {name}(call: Call[object]) -> object:
        log.append("{name}")
        try:
            return call()
        finally:
            log.append("/{name}")
    """
        for name in names
    )
    source = f"""{wrappers}
    around(outer)
    v1 = http.group("/v1", around=[group])

    @function(v1.get("/x"), around=[inner, last])
    def home() -> str:
        log.append("handler")
        return "x"
    """
    with served(tmp_path, source, HEAD) as entry:
        assert entry.send("GET", "/v1/x").text_body == "x"
        assert log(entry) == [*names, "handler", "/last", "/inner", "/group", "/outer"]


def test_a_wrapper_is_bound_as_a_provider_is_and_shares_values_with_the_handler(tmp_path: Path) -> None:
    source = """
    def user(x_user: Annotated[str, http.Header("x-user")]) -> str:
        log.append("user")
        return x_user

    def audited(call: Call[str], user: Annotated[str, Depends(user)], times: int = 1) -> str:
        return " ".join(f"{user}:{call()}" for _ in range(times))

    @function(http.get("/{item}"), around=[audited])
    def home(item: int, user: Annotated[str, Depends(user)]) -> str:
        return f"{user} {item}"
    """
    with served(tmp_path, source, HEAD) as entry:
        assert entry.send("GET", "/4", "times=2", {"x-user": "ada"}).text_body == "ada:ada 4 ada:ada 4"
        assert log(entry) == ["user"]
        assert entry.send("GET", "/x", "", {"x-user": "ada"}).status == 400


def test_a_wrapper_may_answer_for_the_handler_and_handle_its_errors(tmp_path: Path) -> None:
    source = """
    def fallback(call: Call[str]) -> str:
        try:
            return call()
        except KeyError as error:
            return f"instead of {error}"

    @function(http.get("/"), around=[fallback])
    def home() -> str:
        raise KeyError("x")
    """
    with served(tmp_path, source, HEAD) as entry:
        assert entry.send("GET", "/").text_body == "instead of 'x'"


@AWAITED
def test_an_async_function_has_async_wrappers_guards_and_answers(tmp_path: Path, awaited: bool) -> None:
    source = """
    class Gone(Exception): ...

    @around
    async def timed(call: AsyncCall[str]) -> str:
        log.append(call.function)
        try:
            return await call()
        finally:
            log.append("done")

    async def name() -> str:
        return "ada"

    async def check(request: Request, name: Annotated[str, Depends(name)]) -> Response | None:
        return Response.text(f"no, {name}", status=403) if "no" in request.query else None

    @http.errors(Gone)
    async def gone(error: Gone, name: Annotated[str, Depends(name)]) -> Response:
        return Response.text(f"{error} {name}", status=410)

    @function(http.get("/"), before=[check])
    async def home(fails: bool = False) -> str:
        if fails:
            raise Gone("away")
        return "home"
    """
    with served(tmp_path, source, HEAD, awaited=awaited) as entry:
        assert entry.send("GET", "/").text_body == "home"
        assert entry.send("GET", "/", "no=1").text_body == "no, ada"
        found = entry.send("GET", "/", "fails=true")
        assert (found.status, found.text_body) == (410, "away ada")
        assert log(entry) == ["home", "done"] * 3


def test_a_guard_replies_before_the_parameters_are_read(tmp_path: Path) -> None:
    source = """
    def open_hours(shop: str) -> Response | None:
        log.append("asked")
        return Response.text("closed", status=503) if shop == "closed" else None

    v1 = http.group("/{shop}", before=[open_hours])

    def later() -> None:
        log.append("later")

    @function(v1.get("/{item}"), before=[later])
    def home(shop: str, item: int) -> str:
        return f"{shop} {item}"
    """
    with served(tmp_path, source, HEAD) as entry:
        assert entry.send("GET", "/closed/x").status == 503
        assert entry.send("GET", "/open/x").status == 400
        assert entry.send("GET", "/open/7").text_body == "open 7"
        assert log(entry) == ["asked", "asked", "later", "asked", "later"]


@pytest.mark.parametrize("value", ["True", "'text'", "{'a': 1}"])
def test_a_guard_that_returns_something_else_is_an_error_and_no_reply(tmp_path: Path, value: str) -> None:
    source = f"""
    def check():
        return {value}

    @function(http.get("/"), before=[check])
    def home() -> str:
        return "home"
    """
    with served(tmp_path, source, HEAD) as entry:
        assert entry.send("GET", "/").status == 500


def test_a_call_shows_what_it_is_a_call_of(tmp_path: Path) -> None:
    source = """
    def shown(call: Call[str]) -> str:
        return repr(call)

    @function(http.get("/"), around=[shown])
    def home() -> str: ...
    """
    with served(tmp_path, source, HEAD) as entry:
        assert call_name(entry.app.functions[0]) == "_call_home"
        assert str(entry.send("GET", "/").text_body).startswith("Call('home', ")
