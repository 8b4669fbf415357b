"""A parameter with `Depends`: what a generated call asks, when, how often, and what it closes."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from unit.tooling.entry.apps import served
from unit.tooling.entry.shared_apps import HEAD, log

from portable.errors import PortableError
from portable.eventing.message import Message
from portable.tooling.entry.call_source import call_name

CONNECTION = """
    def connection(context: Context):
        log.append("open")
        try:
            yield "c1"
            log.append("commit")
        except BaseException as error:
            log.append(f"rollback {type(error).__name__}")
            raise
        finally:
            log.append("close")
"""


def test_a_provider_is_bound_as_a_handler_is(tmp_path: Path) -> None:
    source = """
    def token(authorization: Annotated[str, http.Header("authorization")]) -> str:
        return authorization.removeprefix("Bearer ")

    def user(token: Annotated[str, Depends(token)], shop: str, verbose: bool = False) -> str:
        return f"{token}@{shop}{'!' if verbose else ''}"

    @function(http.get("/{shop}"))
    def home(user: Annotated[str, Depends(user)], page: int = 1) -> str:
        return f"{user} {page}"
    """
    with served(tmp_path, source, HEAD) as entry:
        ada = {"authorization": "Bearer ada"}
        assert entry.send("GET", "/books", "page=2&verbose=true", ada).text_body == "ada@books! 2"
        assert entry.send("GET", "/books", "", ada).text_body == "ada@books 1"
        assert entry.send("GET", "/books").status == 400


def test_a_provider_runs_once_for_each_request_however_often_it_is_named(tmp_path: Path) -> None:
    source = """
    def base(context: Context) -> object:
        log.append("base")
        return object()

    def left(base: Annotated[object, Depends(base)]) -> object:
        return base

    alias = base

    @function(http.get("/"))
    def home(a: Annotated[object, Depends(left)], b: Annotated[object, Depends(alias)], c: Annotated[object, Depends(base)]) -> str:
        return str(a is b is c)
    """
    with served(tmp_path, source, HEAD) as entry:
        assert [entry.send("GET", "/").text_body for _ in range(2)] == ["True", "True"]
        assert log(entry) == ["base", "base"]


def test_the_whole_request_is_read_before_a_provider_is_asked(tmp_path: Path) -> None:
    source = """
    def opened() -> int:
        log.append("opened")
        return 1

    @function(http.get("/{item}"))
    def home(item: int, opened: Annotated[int, Depends(opened)]) -> int:
        return item + opened
    """
    with served(tmp_path, source, HEAD) as entry:
        assert entry.send("GET", "/x").status == 400
        assert log(entry) == []
        assert entry.send("GET", "/2").body == b"3"


def test_a_generator_is_closed_after_the_handler(tmp_path: Path) -> None:
    source = f"""{CONNECTION}
    def rows(connection: Annotated[str, Depends(connection)]):
        log.append(f"rows of {{connection}}")
        yield [connection]
        log.append("rows closed")

    @function(http.get("/"))
    def home(rows: Annotated[list[str], Depends(rows)], connection: Annotated[str, Depends(connection)]) -> str:
        log.append("handler")
        return f"{{rows}} {{connection}}"
    """
    with served(tmp_path, source, HEAD) as entry:
        assert entry.send("GET", "/").text_body == "['c1'] c1"
        assert log(entry) == ["open", "rows of c1", "handler", "rows closed", "commit", "close"]


@pytest.mark.parametrize(
    ("error", "status"),
    [("HTTPError(409, 'x')", 409), ("KeyError('x')", 500), ("StopIteration()", 500), ("SystemExit()", 500)],
)
def test_a_generator_sees_the_error_of_the_handler(tmp_path: Path, error: str, status: int) -> None:
    source = f"""{CONNECTION}
    @function(http.get("/"))
    def home(connection: Annotated[str, Depends(connection)]) -> str:
        raise {error}
    """
    with served(tmp_path, source, HEAD) as entry:
        assert entry.send("GET", "/").status == status
        assert log(entry) == ["open", f"rollback {error.partition('(')[0]}", "close"]


def test_a_generator_cannot_hide_an_error_but_may_raise_another(tmp_path: Path) -> None:
    source = """
    def silent():
        try:
            yield 1
        except KeyError:
            pass

    def telling():
        try:
            yield 1
        except KeyError as error:
            raise HTTPError(404, "gone") from error

    @function(jobs.messages())
    def work(job: Message[bytes], one: Annotated[int, Depends(silent)]) -> None:
        raise KeyError("hidden")

    @function(http.get("/"))
    def home(one: Annotated[int, Depends(telling)]) -> None:
        raise KeyError("told")
    """
    with served(tmp_path, source, HEAD) as entry:
        with pytest.raises(KeyError, match="hidden"):
            entry.call("work", Message("m", b""))
        assert entry.send("GET", "/").status == 404


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ("yield 1; yield 2", "the provider numbers yielded a second value: it must yield once, and then clean up"),
        ("return; yield 1", "the provider numbers ended without a yield: it must yield its value once"),
    ],
)
@pytest.mark.parametrize("kind", ["def", "async def"])
def test_a_generator_yields_exactly_once(tmp_path: Path, kind: str, body: str, says: str) -> None:
    source = f"""
    {kind} numbers():
        {body}

    @function(jobs.messages())
    {kind} work(job: Message[bytes], one: Annotated[int, Depends(numbers)]) -> None:
        log.append(one)
    """
    with served(tmp_path, source, HEAD) as entry, pytest.raises(PortableError, match=says):
        entry.call("work", Message("m", b""))


@pytest.mark.parametrize("awaited", [True, False], ids=["awaiting host", "blocking host"])
def test_an_async_function_has_providers_of_all_forms(tmp_path: Path, awaited: bool) -> None:
    source = f"""{CONNECTION}
    async def session(connection: Annotated[str, Depends(connection)]):
        log.append("enter")
        try:
            yield f"session of {{connection}}"
        finally:
            log.append("leave")

    async def name(session: Annotated[str, Depends(session)]) -> str:
        return session.upper()

    def plain() -> int:
        return 7

    @function(http.get("/{{fails}}"))
    async def home(fails: bool, name: Annotated[str, Depends(name)], plain: Annotated[int, Depends(plain)]) -> str:
        log.append("handler")
        if fails:
            raise HTTPError(418, "x")
        return f"{{name}} {{plain}}"
    """
    with served(tmp_path, source, HEAD, awaited=awaited) as entry:
        assert entry.send("GET", "/false").text_body == "SESSION OF C1 7"
        assert log(entry) == ["open", "enter", "handler", "leave", "commit", "close"]
        del log(entry)[:]
        assert entry.send("GET", "/true").status == 418
        assert log(entry) == ["open", "enter", "handler", "leave", "rollback HTTPError", "close"]


@pytest.mark.parametrize("awaited", [True, False], ids=["awaiting host", "blocking host"])
def test_an_async_message_function_closes_what_it_opened(tmp_path: Path, awaited: bool) -> None:
    source = """
    async def session():
        yield 1
        log.append("left")

    @function(jobs.messages())
    async def work(job: Message[int], one: Annotated[int, Depends(session)]) -> None:
        log.append(job.payload + one)
    """
    with served(tmp_path, source, HEAD, awaited=awaited) as entry:
        made = entry.call("work", Message("m", b"41"))
        if awaited:
            asyncio.run(made)
        assert log(entry) == [42, "left"]


def test_a_class_an_object_and_a_lambda_may_provide(tmp_path: Path) -> None:
    source = """
    @dataclass
    class Page:
        limit: int = 20
        after: str | None = None

    class Role:
        def __init__(self, role: str) -> None:
            self.role = role

        def __call__(self, roles: Annotated[str, http.Header("x-roles")]) -> bool:
            return self.role in roles

    admin, buyer = Role("admin"), Role("buyer")
    answer = lambda: 42

    @function(http.get("/"))
    def home(
        page: Annotated[Page, Depends(Page)], admin: Annotated[bool, Depends(admin)], buyer: Annotated[bool, Depends(buyer)],
        answer: Annotated[int, Depends(answer)],
    ) -> str:
        return f"{page.limit} {page.after} {admin} {buyer} {answer}"
    """
    with served(tmp_path, source, HEAD) as entry:
        assert entry.send("GET", "/", "limit=3", {"x-roles": "admin"}).text_body == "3 None True False 42"
        assert entry.send("GET", "/", "after=k", {"x-roles": "buyer"}).text_body == "20 k False True 42"


def test_one_body_may_be_read_by_a_provider_and_by_the_handler(tmp_path: Path) -> None:
    source = """
    @dataclass
    class Order:
        count: int

    def total(order: Order) -> int:
        return order.count * 2

    @function(http.post("/"))
    def home(order: Order, total: Annotated[int, Depends(total)]) -> str:
        return f"{order.count} {total}"
    """
    with served(tmp_path, source, HEAD) as entry:
        assert entry.send("POST", "/", body=b'{"count": 2}').text_body == "2 4"
        assert entry.source.count("_payload.body(") == 1


def test_a_path_may_be_read_by_a_provider_alone(tmp_path: Path) -> None:
    source = """
    def shop(shop: int) -> int:
        return shop + 1

    @function(http.get("/{shop}"))
    def home(shop: Annotated[int, Depends(shop)]) -> int:
        return shop
    """
    with served(tmp_path, source, HEAD) as entry:
        assert entry.send("GET", "/4").body == b"5"


def test_a_function_without_providers_has_the_call_it_always_had(tmp_path: Path) -> None:
    source = """
    @function(http.get("/{item}"))
    def home(item: int, s: Annotated[BucketReader, photos]) -> str: ...
    """
    drivers: Any = object()
    with served(tmp_path, source, HEAD, drivers) as entry:
        assert (
            f"def {call_name(entry.app.functions[0])}(request, context):\n"
            '    return _handle_home(item=_convert.integer(request.path_params["item"], "path.item"), s=_home__s)\n'
        ) in entry.source
