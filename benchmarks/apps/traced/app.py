"""One HTTP function: a path parameter in, JSON out."""

from __future__ import annotations

from portable import function, http


@function(http.get("/hello/{name}"))
def hello(name: str) -> dict[str, str]:
    """Greet somebody."""
    return {"message": f"Hello {name}"}
