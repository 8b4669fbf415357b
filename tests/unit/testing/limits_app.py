"""An app whose routes take so many calls: a sale that counts what it sells, and one that is never closed."""

from __future__ import annotations

from typing import Annotated

from portable import Principal, Secret, Table, TableReadWriter, function, http

calls = Table("calls", key="id", ttl="ends")
sales = Table("sales", key="id")
partners = http.api_key(Secret("partner-keys"))


@function(http.post("/sales", limit=http.rate("2/m", by="ip", table=calls)))
def sell(rows: Annotated[TableReadWriter, sales]) -> int:
    return int(rows.update("all", add={"sold": 1})["sold"])


@function(http.post("/later", auth=partners, limit=http.rate(["2/m", "3/h"], by="key", table=calls)))
async def sell_later(who: Principal) -> str:
    return who.subject


@function(http.get("/open", limit=http.rate("1/m", by="route", table=calls, unavailable="allow")))
def never_closed() -> str:
    return "open"
