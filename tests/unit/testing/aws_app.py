"""An app with abilities that only AWS has: order within groups, and delays."""

from __future__ import annotations

from typing import Annotated

from portable import Message, Queue, Table, TableReadWriter, function

catalog = Table("catalog", key="owner", sort="name")
later = Queue("later", delayed=True)
orders = Queue("orders", ordered=True)


@function(later.messages())
def wait(message: Message[str]) -> None:
    print(message.payload)


@function(orders.messages())
def order(message: Message[str], table: Annotated[TableReadWriter, catalog]) -> None:
    name = message.group or "all"
    row = table.get("orders", name, default={"owner": "orders", "name": name, "seen": []})
    table.put({**row, "seen": [*row["seen"], message.payload]})
