"""Mistakes with state in memory: it is lost when the process ends, and other instances do not have it."""

from __future__ import annotations

from mutants.form import PLAIN, mistake

SEEN = """
orders = Queue("orders")
there = Table("there", key="order")
parcels = Queue("parcels")
sent = Table("sent", key="order")
_done: set[str] = set()

@function(orders.messages())
def order(
    message: Message[str], rows: Annotated[TableWriter, there], out: Annotated[QueueSender, parcels]
) -> None:
    rows.put({"order": message.payload})
    out.send(message.payload)

@function(parcels.messages())
def parcel(message: Message[str], rows: Annotated[TableWriter, sent]) -> None:
    rows.put({"order": message.payload})
"""


@mistake(
    "A set in the module holds what was begun, and the code treats it as done.",
    right="Do it again: writing the same row twice, or sending with the same id twice, changes nothing.",
    app=SEEN,
    change={
        '    rows.put({"order": message.payload})\n    out.send': """    if message.id in _done:
        return
    _done.add(message.id)
    rows.put({"order": message.payload})
    out.send"""
    },
)
def every_order_is_sent(cloud, app):
    for order in ("a", "b"):
        cloud.queue(app.orders).send(order)
    cloud.settle()
    assert sorted(row["order"] for row in cloud.table(app.sent).rows()) == ["a", "b"]


@mistake(
    "A set in the module holds what was handled; it is empty after the process has ended.",
    right="Store it in a table, in the same write as the result.",
    app="""
orders = Queue("orders")
totals = Table("totals", key="who")
_done: set[str] = set()

@function(orders.messages(), retry=Retry(attempts=5))
def order(message: Message[int], rows: Annotated[TableReadWriter, totals]) -> None:
    there = rows.get("ada")["entries"]
    if message.id in there:
        return
    same = field("entries") == there
    rows.update("ada", add={"total": message.payload}, append={"entries": [message.id]}, condition=same)
""",
    change={
        """    there = rows.get("ada")["entries"]
    if message.id in there:
        return
    same = field("entries") == there
    rows.update("ada", add={"total": message.payload}, append={"entries": [message.id]}, condition=same)
""": """    if message.id in _done:
        return
    rows.update("ada", add={"total": message.payload})
    _done.add(message.id)
"""
    },
)
def a_total_is_right(cloud, app):
    cloud.table(app.totals).put({"who": "ada", "total": 0, "entries": []})
    for amount in (1, 2):
        cloud.queue(app.orders).send(amount)
    cloud.settle()
    assert cloud.table(app.totals).get("ada")["total"] == 3


@mistake(
    "A price is cached in a dictionary of the module, and another instance changes the price.",
    right="Read it from its table.",
    app="""
prices = Table("prices", key="item")
changes = Queue("changes")
orders = Queue("orders")
bills = Table("bills", key="id")
_prices: dict[str, int] = {}

@function(changes.messages())
def change(message: Message[dict], rows: Annotated[TableWriter, prices], out: Annotated[QueueSender, orders]) -> None:
    rows.put(message.payload)
    _prices.pop(message.payload["item"], None)
    out.send({"id": f"bill-{message.payload['price']}", "item": message.payload["item"]})

@function(orders.messages(), retry=Retry(attempts=5))
def bill(message: Message[dict], rows: Annotated[TableReader, prices], out: Annotated[TableWriter, bills]) -> None:
    item = message.payload["item"]
    price = rows.get(item)["price"]
    out.put({"id": message.payload["id"], "price": price})
""",
    change={
        '    price = rows.get(item)["price"]\n': """    if item not in _prices:
        _prices[item] = rows.get(item)["price"]
    price = _prices[item]
"""
    },
)
def a_bill_has_the_price_of_now(cloud, app):
    for price in (1, 2):
        cloud.queue(app.changes).send({"item": "tea", "price": price})
        cloud.settle()
    assert cloud.table(app.bills).get("bill-2")["price"] == 2


@mistake(
    "The response of a GET is cached in the module, and a PUT on another instance does not update it.",
    right="Read it from its table.",
    app="""
colors = Table("colors", key="name")
_known: dict[str, str] = {}

@function(http.put("/colors/{name}"))
def paint(name: str, body: str, rows: Annotated[TableWriter, colors]) -> None:
    rows.put({"name": name, "color": body})
    _known[name] = body

@function(http.get("/colors/{name}"))
def look(name: str, rows: Annotated[TableReader, colors]) -> str:
    return rows.get(name)["color"]
""",
    change={
        '    return rows.get(name)["color"]\n': """    if name not in _known:
        _known[name] = rows.get(name)["color"]
    return _known[name]
"""
    },
)
def a_color_is_the_one_of_now(cloud, app):
    for color in ("red", "blue"):
        cloud.http.put("/colors/sky", content=color, headers={"content-type": "text/plain"}).expect(204)
        assert cloud.http.get("/colors/sky").expect(200).text == color


@mistake(
    "A session is stored in the memory of one process.",
    right="Keep it in a table.",
    app="""
sessions = Table("sessions", key="id")
_sessions: dict[str, str] = {}

@function(http.post("/login/{name}"))
def login(name: str, rows: Annotated[TableWriter, sessions]) -> dict:
    rows.put({"id": f"s-{name}", "who": name})
    return {"session": f"s-{name}"}

@function(http.get("/me"))
def me(session: str, rows: Annotated[TableReader, sessions]) -> str:
    found = rows.get(session, default=None)
    if found is None:
        raise HTTPError(401)
    return found["who"]
""",
    change={
        '    rows.put({"id": f"s-{name}", "who": name})\n': '    _sessions[f"s-{name}"] = name\n',
        "    found = rows.get(session, default=None)\n": (
            '    found = {"who": _sessions[session]} if session in _sessions else None\n'
        ),
    },
)
def who_logged_in_is_known(cloud, app):
    session = cloud.http.post("/login/ada").expect(200).json()["session"]
    assert cloud.http.get("/me", params={"session": session}).expect(200).text == "ada"


@mistake(
    "Numbers are counted in a global of the module.",
    right="Make the name from the data itself.",
    app="""
jobs = Queue("jobs")
there = Table("there", key="id")
_count = 0

@function(jobs.messages())
def work(message: Message[str], rows: Annotated[TableWriter, there]) -> None:
    global _count
    _count += 1
    rows.put({"id": message.payload, "what": message.payload})
""",
    change={'rows.put({"id": message.payload,': 'rows.put({"id": f"job-{_count}",'},
)
def every_job_has_its_row(cloud, app):
    for job in ("a", "b"):
        cloud.queue(app.jobs).send(job)
    cloud.settle()
    assert sorted(row["what"] for row in cloud.table(app.there).rows()) == ["a", "b"]


@mistake(
    "A function with lru_cache reads a row, which is changed meanwhile.",
    right="Read it each time.",
    app="""
limits = Table("limits", key="name")
wishes = Queue("wishes")
rises = Queue("rises")
granted = Table("granted", key="id")

def limit_of(rows: TableReader, name: str) -> int:
    return rows.get(name)["limit"]

@function(rises.messages())
def rise(message: Message[int], rows: Annotated[TableWriter, limits], out: Annotated[QueueSender, wishes]) -> None:
    rows.put({"name": "ada", "limit": message.payload})
    out.send(message.payload)

@function(wishes.messages(), retry=Retry(attempts=5))
def wish(message: Message[int], rows: Annotated[TableReader, limits], out: Annotated[TableWriter, granted]) -> None:
    if message.payload <= limit_of(rows, "ada"):
        out.put({"id": str(message.payload)})
""",
    change={
        "def limit_of(rows: TableReader, name: str)": "@lru_cache\ndef limit_of(rows: TableReader, name: str)",
    },
    found_by=PLAIN,
)
def a_limit_that_rose_is_known(cloud, app):
    cloud.table(app.limits).put({"name": "ada", "limit": 1})
    cloud.queue(app.rises).send(2)
    cloud.settle()
    cloud.queue(app.rises).send(5)
    cloud.settle()
    assert sorted(row["id"] for row in cloud.table(app.granted).rows()) == ["2", "5"]


@mistake(
    "A cache is an object of one of the app's classes, and another instance changes the cached data.",
    right="Read it from its table.",
    app="""
prices = Table("prices", key="item")
changes = Queue("changes")
orders = Queue("orders")
bills = Table("bills", key="id")

class Prices:
    def __init__(self) -> None:
        self._known: dict[str, int] = {}

    def get(self, rows: TableReader, item: str) -> int:
        if item not in self._known:
            self._known[item] = rows.get(item)["price"]
        return self._known[item]

    def forget(self, item: str) -> None:
        self._known.pop(item, None)

known = Prices()

@function(changes.messages())
def change(message: Message[dict], rows: Annotated[TableWriter, prices]) -> None:
    rows.put(message.payload)
    known.forget(message.payload["item"])

@function(orders.messages(), retry=Retry(attempts=5))
def bill(message: Message[str], rows: Annotated[TableReader, prices], out: Annotated[TableWriter, bills]) -> None:
    out.put({"id": message.payload, "price": rows.get("tea")["price"]})
""",
    change={'rows.get("tea")["price"]})': 'known.get(rows, "tea")})'},
)
def a_bill_has_the_newest_price(cloud, app):
    for number in (1, 2):
        cloud.queue(app.changes).send({"item": "tea", "price": number})
        cloud.settle()
        cloud.queue(app.orders).send(f"bill-{number}")
        cloud.settle()
    assert cloud.table(app.bills).get("bill-2")["price"] == 2
