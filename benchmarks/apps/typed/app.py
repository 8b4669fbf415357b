"""A typed JSON body, validated."""

from __future__ import annotations

from dataclasses import dataclass

from portable import function, http


@dataclass
class Order:
    """What is ordered."""

    sku: str
    count: int


@function(http.post("/orders"))
def order(body: Order) -> dict[str, object]:
    """Take an order."""
    return {"sku": body.sku, "count": body.count}
