"""`shared`, whose handler calls what its providers give."""

from __future__ import annotations

from typing import Annotated

from portable import function, http


def greeting() -> str:
    """Give the first word."""
    return "Hello"


def message(name: str, greeting: str) -> str:
    """Give the text."""
    return f"{greeting} {name}"


@function(http.get("/hello/{name}"))
def hello(name: Annotated[str, "somebody"]) -> dict[str, str]:
    """Greet somebody."""
    return {"message": message(name=name, greeting=greeting())}
