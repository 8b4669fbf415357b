"""HTTP functions that share code: providers, a group, a guard, wrappers, and an answer to errors."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Annotated

from portable import AsyncCall, Call, Context, Depends, Request, Response, function, http


class OutOfStock(Exception):
    """Raised for the item 0."""


@http.errors(OutOfStock)
def out_of_stock(error: OutOfStock, shop: Annotated[str, http.Header("x-shop")] = "no shop") -> Response:
    """Answer the errors of every function, those of the other parts of the suite included."""
    return Response.json({"detail": str(error), "shop": shop}, 409)


def asked(context: Context) -> list[str]:
    """Return the names of what was asked in one call."""
    return [context.function]


Asked = Annotated[list[str], Depends(asked)]


def shop(shop: str, asked: Asked) -> str:
    """Read the part of the path that belongs to the group."""
    asked.append("shop")
    return shop.upper()


def reply(shop: Annotated[str, Depends(shop)], asked: Asked) -> Iterator[Response]:
    """Give the reply, and complete it when the handler has ended."""
    found = Response.text("", headers={"x-shop": shop})
    try:
        yield found
    finally:
        found.headers.append(("x-asked", " ".join([*asked, "closed"])))


def closed(request: Request, asked: Asked) -> Response | None:
    """Reply instead of the handler."""
    asked.append("guard")
    return Response.text("closed", 503) if "closed" in request.query else None


def counted(call: Call[Response], asked: Asked) -> Response:
    """Add a header to every reply."""
    asked.append("wrapper")
    found = call()
    found.headers.append(("x-wrapped", f"{call.function} {type(call.event).__name__}"))
    return found


sharing = http.group("/sharing/{shop}", before=[closed], around=[counted])


@function(sharing.get("/{item}"))
def buy(
    item: int,
    reply: Annotated[Response, Depends(reply)],
    shop: Annotated[str, Depends(shop)],
    asked: Asked,
) -> Response:
    """Answer with the reply that was provided."""
    asked.append(f"handler of {shop}")
    if item == 0:
        raise OutOfStock("there is no 0")
    return reply


async def later_reply(shop: Annotated[str, Depends(shop)], asked: Asked) -> AsyncIterator[Response]:
    """`reply` of a coroutine."""
    found = Response.text("", headers={"x-shop": shop})
    yield found
    found.headers.append(("x-asked", " ".join([*asked, "closed"])))


async def counted_later(call: AsyncCall[Response], asked: Asked) -> Response:
    """`counted` of a coroutine."""
    asked.append("wrapper")
    found = await call()
    found.headers.append(("x-wrapped", f"{call.function} {type(call.event).__name__}"))
    return found


async def item(item: int) -> int:
    """Read a part of the path in a coroutine."""
    return item


@function(http.group("/sharing-later/{shop}", before=[closed]).get("/{item}"), around=[counted_later])
async def buy_later(
    item: Annotated[int, Depends(item)], reply: Annotated[Response, Depends(later_reply)], asked: Asked
) -> Response:
    """`buy` of a coroutine."""
    asked.append("handler")
    if item == 0:
        raise OutOfStock("there is no 0")
    return reply
