"""Clients, names below or for type checkers only, wrappers and `async def`, through the generated call."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from unit.tooling.entry.apps import HEAD, Entry, make_context, served

FUTURE = "from __future__ import annotations\n" + HEAD
HEADS = pytest.mark.parametrize("head", [HEAD, FUTURE], ids=["evaluated", "postponed"])


def answer(
    entry: Entry, path: str, query: str = "", headers: Any = None, body: bytes = b"", method: str = "GET"
) -> Any:
    response = entry.send(method, path, query, headers, body)
    return (response.status, json.loads(response.body))


class Drivers:
    """Counts what a client asks for."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def of(self, bucket: Any) -> Any:
        """Refuse: nothing may be opened before the first call."""
        self.asked.append(bucket.name)
        raise AssertionError("opened")


@HEADS
def test_clients_are_made_for_the_declared_resource_and_open_nothing(tmp_path: Path, head: str) -> None:
    source = """
photos = Bucket("photos")
also = photos

@function(http.get("/c"))
def clients(
    reader: Annotated[BucketReader, photos],
    writer: Annotated[BucketWriter, Bucket("backup")],
    later: Annotated[BucketReader, below],
) -> list[str]:
    return [type(reader).__name__, reader.resource.name, type(writer).__name__, writer.resource.name, later.resource.name]

below = Bucket("below")
"""
    if head == HEAD:
        source = source.replace("below]", "Bucket('below')]")
    drivers = Drivers()
    with served(tmp_path, source, head, drivers) as entry:
        assert answer(entry, "/c") == (200, ["BucketReader", "photos", "BucketWriter", "backup", "below"])
        assert drivers.asked == []
        grants = {grant.resource: grant.actions for grant in entry.app.functions[0].grants}
        assert set(grants) == {"photos", "backup", "below"}
        assert "put" in grants["backup"]
        assert "put" not in grants["photos"]


def test_names_imported_for_type_checking_only_are_found(tmp_path: Path) -> None:
    source = """
    from typing import TYPE_CHECKING
    if TYPE_CHECKING:
        from uuid import UUID
        from shapes import Shape

    @function(http.post("/t/{ident}"))
    def post(ident: UUID, shape: Shape, context: "Context") -> Any:
        return [ident, shape]
    """
    shapes = """
    from dataclasses import dataclass

    @dataclass
    class Shape:
        sides: int
    """
    with served(tmp_path, source, FUTURE, shapes=shapes) as entry:
        ident = "12345678-1234-5678-1234-567812345678"
        assert answer(entry, f"/t/{ident}", body=b'{"sides":3}', method="POST") == (200, [ident, {"sides": 3}])


@HEADS
def test_an_outer_decorator_runs_and_the_inner_signature_binds(tmp_path: Path, head: str) -> None:
    source = """
import functools

def twice(handler):
    @functools.wraps(handler)
    def wrapper(*args, **kwargs):
        return [handler(*args, **kwargs), handler(*args, **kwargs)]
    return wrapper

@twice
@function(http.get("/twice/{n}"))
def outer(n: int, q: str = "d") -> list[Any]:
    return [n, q]

@function(http.get("/inside/{n}"))
@twice
def inside(n: int) -> int:
    return n
"""
    with served(tmp_path, source, head) as entry:
        assert answer(entry, "/twice/3") == (200, [[3, "d"], [3, "d"]])
        assert answer(entry, "/inside/3") == (200, [3, 3])


@HEADS
def test_async_handlers_take_the_same_parameters(tmp_path: Path, head: str) -> None:
    source = """
import asyncio

@function(http.get("/later/{n}"))
async def later(n: int, context: Context, q: list[str] = []) -> list[Any]:
    await asyncio.sleep(0)
    return [n, context.function, q]
"""
    with served(tmp_path, source, head) as entry:
        assert entry.app.functions[0].asynchronous
        assert answer(entry, "/later/3", "q=a&q=b") == (200, [3, "later", ["a", "b"]])


def test_functions_whose_names_run_together_do_not_share_what_they_hold(tmp_path: Path) -> None:
    source = """
    one = Bucket("one")
    two = Bucket("two")

    @function(http.get("/1"), name="get")
    def get(photo_store: Annotated[BucketReader, one]) -> str: return photo_store.resource.name

    @function(http.get("/2"), name="get-photo")
    def get_photo(store: Annotated[BucketReader, two]) -> str: return store.resource.name

    @function(http.get("/3"), name="handle")
    def handle(get: Annotated[BucketReader, two]) -> str: return get.resource.name
    """
    with served(tmp_path, source) as entry:
        assert [entry.send("GET", f"/{n}").body for n in (1, 2, 3)] == [b"one", b"two", b"two"]


def test_the_path_may_be_read_from_the_request_alone(tmp_path: Path) -> None:
    source = """
    @function(http.get("/r/{a}/{b:path}"))
    def read(request: Request) -> Any: return request.path_params
    """
    with served(tmp_path, source) as entry:
        assert answer(entry, "/r/x/y/z") == (200, {"a": "x", "b": "y/z"})
        assert make_context().function == "function"
