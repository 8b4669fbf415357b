"""The smallest portable function: GET /hello/{name}."""

from __future__ import annotations

from portable import function, http


@function(http.get("/hello/{name}"))
def hello(name: str, greeting: str = "Hello") -> dict[str, str]:
    """Greet somebody."""
    return {"message": f"{greeting}, {name}!"}
