"""Orders come by HTTP, wait in a queue, and are booked; a mail is asked for once. Correct: every effect may come twice."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from portable import (
    Conflict,
    Context,
    Message,
    Queue,
    QueueSender,
    Request,
    Response,
    Retry,
    Table,
    TableReadWriter,
    TableWriter,
    field,
    function,
    http,
)

orders = Table("orders", key="id")
totals = Table("totals", key="customer", sort="id")
accounts = Table("accounts", key="customer")
incoming = Queue("incoming")
mails = Queue("mails")


@dataclass
class Order:
    id: str
    customer: str
    amount: int


@function(http.post("/orders"))
def place(request: Request, body: Order, out: Annotated[QueueSender, incoming]) -> Response:
    out.send(body, attributes={"caller": request.headers.get("X-Caller") or "unknown"})
    return Response.json({"id": body.id}, status=202)


@function(incoming.messages(batch=5), retry=Retry(attempts=3), dead_letter=True)
def book(
    message: Message[Order],
    context: Context,
    rows: Annotated[TableWriter, orders],
    sums: Annotated[TableWriter, totals],
    out: Annotated[QueueSender, mails],
) -> None:
    order = message.payload
    if order.amount < 0:
        raise ValueError("an amount is not negative")
    sums.put({"customer": order.customer, "id": order.id, "amount": order.amount})
    rows.update(order.id, set={"booked": True, "caller": message.attributes["caller"]})
    out.send({"order": order.id})


@function(mails.messages())
def mail(message: Message[dict], rows: Annotated[TableWriter, orders]) -> None:  # type: ignore[type-arg]
    rows.update(message.payload["order"], set={"mailed": True})


@function(http.post("/accounts/{customer}"))
def open_account(customer: str, rows: Annotated[TableReadWriter, accounts]) -> Response:
    try:
        rows.put({"customer": customer, "open": True}, condition=~field("customer").exists())
    except Conflict:
        return Response.json({"open": True}, status=200)
    return Response.json({"open": True}, status=201)


@function(http.put("/members/{name}"))
def join(name: str, rows: Annotated[TableWriter, orders], out: Annotated[QueueSender, mails]) -> Response:
    rows.put({"id": name, "member": True})
    out.send({"order": name})
    return Response.json({"member": name}, status=201)
