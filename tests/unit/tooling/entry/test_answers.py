"""`@http.errors`: the app's own function answers an error, wherever in the call it comes from."""

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

AWAITED = pytest.mark.parametrize("awaited", [True, False], ids=["awaiting host", "blocking host"])


def finished(made: Any) -> Any:
    """Return what a call returned, which is a coroutine on a host that awaits."""
    return asyncio.run(made) if asyncio.iscoroutine(made) else made


@AWAITED
def test_a_plain_answer_serves_async_functions_of_messages_untouched(tmp_path: Path, awaited: bool) -> None:
    source = """
    @http.errors(KeyError)
    def missing(error: KeyError) -> Response:
        return Response.text("missing", status=404)

    @function(http.get("/"))
    async def home() -> str:
        raise KeyError("x")

    @function(jobs.messages())
    async def work(job: Message[bytes]) -> None:
        raise KeyError("y")
    """
    with served(tmp_path, source, HEAD, awaited=awaited) as entry:
        assert entry.send("GET", "/").status == 404
        assert entry.source.count(f"_unanswered{call_name(entry.app.functions[1]).removeprefix('_call')}") == 0
        with pytest.raises(KeyError, match="y"):
            finished(entry.call("work", Message("m", b"")))


def test_the_answer_of_the_most_specific_class_wins_wherever_the_error_comes_from(tmp_path: Path) -> None:
    source = """
    class ShopError(Exception): ...
    class OutOfStock(ShopError): ...
    class Gone(ShopError): ...

    @http.errors(ShopError)
    def shop_error(error: ShopError) -> Response:
        return Response.text(f"shop {error}", status=400)

    @http.errors(OutOfStock, Gone)
    def gone(error: OutOfStock | Gone, name: str = "nobody") -> Response:
        return Response.text(f"{name}: {type(error).__name__} {error}", status=409)

    @http.errors(InvalidInput)
    def invalid(request: Request) -> Response:
        return Response.text(f"{request.raw_path} is wrong", status=422)

    def stock(item: int) -> int:
        if item == 0:
            raise OutOfStock("no 0")
        yield item
        if item == 3:
            raise Gone("closed")

    @function(http.get("/{item}"))
    def home(stock: Annotated[int, Depends(stock)]) -> str:
        if stock == 1:
            raise Gone("1")
        if stock == 2:
            raise ShopError("2")
        if stock == 4:
            raise ValueError("4")
        return str(stock)
    """
    with served(tmp_path, source, HEAD) as entry:
        found = [entry.send("GET", f"/{item}", "name=ada") for item in ("0", "1", "2", "3", "4", "5", "x")]
        assert [reply.text_body for reply in found if reply.status != 500] == [
            "ada: OutOfStock no 0", "ada: Gone 1", "shop 2", "ada: Gone closed", "5", "/x is wrong",
        ]  # fmt: skip
        assert [reply.status for reply in found] == [409, 409, 400, 409, 500, 200, 422]


def test_an_answer_that_is_no_response_is_an_error(tmp_path: Path) -> None:
    source = """
    @http.errors(KeyError)
    def missing(error):
        return {"detail": "missing"}

    @function(http.get("/"))
    def home() -> str:
        raise KeyError("x")
    """
    with (
        pytest.raises(PortableError, match='parameter "error" of missing has no annotation'),
        served(tmp_path, source, HEAD),
    ):
        pass
    with served(tmp_path, source.replace("(error)", "(error: KeyError)"), HEAD) as entry:
        assert entry.send("GET", "/").status == 500


def test_an_answer_closes_what_it_opened(tmp_path: Path) -> None:
    source = """
    def session():
        yield "s"
        log.append("closed")

    @http.errors(KeyError)
    def missing(error: KeyError, session: Annotated[str, Depends(session)]) -> Response:
        log.append(session)
        return Response.text("missing", status=404)

    @function(http.get("/"))
    def home() -> str:
        raise KeyError("x")
    """
    with served(tmp_path, source, HEAD) as entry:
        assert entry.send("GET", "/").status == 404
        assert log(entry) == ["s", "closed"]
