"""`hello` with two providers, one of which asks for the other."""

from __future__ import annotations

from typing import Annotated

from portable import Depends, function, http


def greeting() -> str:
    """Give the first word."""
    return "Hello"


def message(name: str, greeting: Annotated[str, Depends(greeting)]) -> str:
    """Give the text."""
    return f"{greeting} {name}"


@function(http.get("/hello/{name}"))
def hello(message: Annotated[str, Depends(message)]) -> dict[str, str]:
    """Greet somebody."""
    return {"message": message}
