"""Handlers whose mistakes show between two instances, or when two calls pause."""

from __future__ import annotations

from typing import Annotated

from portable import (
    Bucket,
    Conflict,
    Message,
    Queue,
    QueueSender,
    Response,
    StoredObject,
    Table,
    TableReader,
    TableReadWriter,
    TableWriter,
    field,
    function,
    http,
)

colors = Table("colors", key="name")
orders = Table("orders", key="id")
members = Table("members", key="name")
files = Bucket("files")
incoming = Queue("incoming")
mails = Queue("mails")
_known: dict[str, str] = {}


@function(http.put("/colors/{name}"))
def paint(name: str, body: str, rows: Annotated[TableWriter, colors]) -> None:
    rows.put({"name": name, "color": body})
    _known[name] = body


@function(http.get("/colors/{name}"))
def look(name: str, rows: Annotated[TableReader, colors]) -> str:
    if name not in _known:
        _known[name] = rows.get(name)["color"]
    return _known[name]


@function(http.post("/members/{name}"))
def join(name: str, rows: Annotated[TableReadWriter, members]) -> Response:
    if rows.get(name, default=None) is not None:
        return Response(status=409)
    rows.put({"name": name})
    return Response(status=201)


@function(incoming.messages())
def book(message: Message[str], rows: Annotated[TableWriter, orders], out: Annotated[QueueSender, mails]) -> None:
    rows.update(message.payload, set={"new": True})
    out.send(message.payload)
    rows.update(message.payload, set={"booked": True})


@function(mails.messages())
def mail(message: Message[str], rows: Annotated[TableReadWriter, orders]) -> None:
    row = rows.get(message.payload, default={"id": message.payload})
    rows.put({**row, "mailed": True})


@function(files.created())
def created(found: StoredObject) -> None: ...


@function(files.deleted())
def deleted(found: StoredObject) -> None: ...


clicks = Queue("clicks")


def _add_for_ever(rows: TableReadWriter) -> None:
    row = rows.get("c", default={"n": 0})
    while True:
        try:
            rows.update("c", set={"n": row["n"] + 1}, condition=field("n") == row["n"])
        except Conflict:
            continue
        return


@function(clicks.messages())
def click(message: Message[str], rows: Annotated[TableReadWriter, colors]) -> None:
    _add_for_ever(rows)


@function(http.post("/clicks"))
def click_now(rows: Annotated[TableReadWriter, colors]) -> None:
    _add_for_ever(rows)
