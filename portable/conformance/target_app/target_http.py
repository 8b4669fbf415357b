"""Functions whose reply holds what they received."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Annotated, Literal

from portable import Context, Request, Response, function, http


class Colour(Enum):
    """A value that a path may hold."""

    RED = "red"
    BLUE = "blue"


@dataclass
class Item:
    """One line of an order."""

    sku: str
    count: int = 1


@dataclass
class Order:
    """A typed body."""

    customer: str
    items: list[Item]


@function(http.get("/echo/{path:path}"))
def echo(request: Request) -> dict[str, object]:
    """Return all parts of a request."""
    return {
        "method": request.method,
        "path": request.path,
        "raw_path": request.raw_path,
        "path_params": request.path_params,
        "query": request.query.multi_items(),
        "headers": dict(request.headers.multi_items()),
        "cookies": request.cookies,
        "client_ip": request.client_ip,
    }


@function(http.post("/echo/{path:path}", max_body=1000))
def mirror(body: bytes, request: Request) -> Response:
    """Send a body back."""
    return Response(body, media_type=request.media_type or "application/octet-stream")


@function(http.get("/one/{name}"), name="lambda")
def one(name: str) -> dict[str, str]:
    """Return one segment. Its function's name is a Python keyword."""
    return {"name": name}


@function(http.get("/typed/{number}/{colour}", cors="https://shop.example"))
def typed(
    number: int,
    colour: Colour,
    tag: list[str] = [],  # noqa: B006
    order: Literal["up", "down"] = "up",
    agent: Annotated[str, http.Header("x-agent")] = "nobody",
    session: Annotated[str, http.Cookie("session")] = "none",
) -> dict[str, object]:
    """Return converted parameters."""
    return {"number": number, "colour": colour, "tag": tag, "order": order, "agent": agent, "session": session}


@function(http.post("/orders"), name="a-name-of-forty-characters-which-is-most")
async def order(body: Order, context: Context) -> dict[str, object]:
    """Take a typed body."""
    return {"pieces": sum(item.count for item in body.items), "function": context.function}


@function(http.put("/orders"))
def form(request: Request) -> list[tuple[str, str]]:
    """Return the fields of a form."""
    return [(name, value if isinstance(value, str) else value.filename) for name, value in request.form().multi_items()]
