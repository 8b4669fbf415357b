"""An `async def` handler."""

from __future__ import annotations

from portable import function, http


@function(http.get("/hello/{name}"))
async def hello(name: str) -> dict[str, str]:
    """Greet somebody."""
    return {"message": f"Hello {name}"}
