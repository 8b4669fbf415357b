"""Mistakes with streams: a batch that fails in part, totals of several keys, and a key that does not keep the order."""

from __future__ import annotations

from mutants.form import mistake


@mistake(
    "A total of several keys is read, counted up and put back: only within a key records come one by one.",
    right="Keep each record under its id, and sum the rows.",
    app="""
clicks = Stream("clicks", key="user")
totals = Table("totals", key="page", sort="id")

@function(clicks.records())
def tally(record: Record[dict], rows: Annotated[TableWriter, totals]) -> None:
    rows.put({"page": record.payload["page"], "id": record.id, "n": 1})
""",
    change={
        """def tally(record: Record[dict], rows: Annotated[TableWriter, totals]) -> None:
    rows.put({"page": record.payload["page"], "id": record.id, "n": 1})
""": """
def tally(record: Record[dict], rows: Annotated[TableReadWriter, totals]) -> None:
    row = rows.get(record.payload["page"], "all", default={"page": record.payload["page"], "id": "all", "n": 0, "seen": []})
    if record.id in row["seen"]:
        return
    rows.put({**row, "n": row["n"] + 1, "seen": [*row["seen"], record.id]})
"""
    },
)
def every_visitor_counts_once(cloud, app):
    for who in ("ada", "bob", "eve"):
        cloud.stream(app.clicks).send({"user": who, "page": "home"})
    cloud.settle()
    assert sum(r["n"] for r in cloud.table(app.totals).query("home").items) == 3


@mistake(
    "What fails in a batch is logged, and not returned.",
    right="Return the records that failed.",
    app="""
clicks = Stream("clicks", key="user")
seen = Table("seen", key="id")

@function(clicks.records())
def keep(records: list[Record[dict]], rows: Annotated[TableWriter, seen]) -> list[Record[dict]]:
    failed = []
    for record in records:
        try:
            rows.put({"id": record.id})
        except Exception:
            logging.exception("failed")
            failed.append(record)
    return failed
""",
    change={"            failed.append(record)\n": ""},
)
def every_record_of_a_batch_is_kept(cloud, app):
    for n in range(4):
        cloud.stream(app.clicks).send({"user": f"u{n % 2}", "n": n})
    cloud.settle()
    assert len(cloud.table(app.seen).rows()) == 4


@mistake(
    "A batch is left at the first failure, and neither that record nor the rest is returned.",
    right="Return each record that failed, and go on with the others.",
    app="""
moves = Stream("moves", key="account")
got = Table("got", key="id")

@function(moves.records())
def forward(records: list[Record[dict]], rows: Annotated[TableWriter, got]) -> list[Record[dict]]:
    failed = []
    for record in records:
        try:
            rows.put({"id": str(record.payload["n"])})
        except Exception:
            failed.append(record)
    return failed
""",
    change={"            failed.append(record)\n": "            return failed\n"},
)
def what_comes_after_a_failure_is_kept(cloud, app):
    for n in range(6):
        cloud.stream(app.moves).send({"account": f"a{n}", "n": n})
    cloud.settle()
    assert len(cloud.table(app.got).rows()) == 6


@mistake(
    "A batch ends at the record that failed, and only what comes after it is returned.",
    right="Return the failed record as well.",
    app="""
moves = Stream("moves", key="account")
got = Table("got", key="id")

@function(moves.records())
def forward(records: list[Record[dict]], rows: Annotated[TableWriter, got]) -> list[Record[dict]]:
    for n, record in enumerate(records):
        try:
            rows.put({"id": str(record.payload["n"])})
        except Exception:
            return records[n:]
    return []
""",
    change={"            return records[n:]\n": "            return records[n + 1:]\n"},
)
def the_record_that_failed_is_kept(cloud, app):
    for n in range(6):
        cloud.stream(app.moves).send({"account": f"a{n}", "n": n})
    cloud.settle()
    assert len(cloud.table(app.got).rows()) == 6


@mistake(
    "Of the records of a batch that failed only the last one is returned.",
    right="Return all of them.",
    app="""
moves = Stream("moves", key="account")
out = Queue("out")
got = Table("got", key="id")

@function(moves.records())
def forward(records: list[Record[dict]], queue: Annotated[QueueSender, out]) -> list[Record[dict]]:
    failed = []
    for record in records:
        try:
            queue.send(record.payload)
        except Unavailable:
            failed.append(record)
    return failed

@function(out.messages())
def keep(message: Message[dict], rows: Annotated[TableWriter, got]) -> None:
    rows.put({"id": str(message.payload["n"])})
""",
    change={
        "    for record in records:\n": """    for record in records:
        if record.payload["n"] < 0:
            return failed
""",
        "            failed.append(record)\n": "            failed = [record]\n",
    },
)
def every_failure_of_a_batch_is_told(cloud, app):
    for number in range(6):
        cloud.stream(app.moves).send({"account": f"a{number}", "n": number})
    cloud.settle()
    assert len(cloud.table(app.got).rows()) == 6


@mistake(
    "The sum of a batch is added.",
    right="Write one row under the id of each record.",
    app="""
moves = Stream("moves", key="account")
sums = Table("sums", key="account", sort="id")

@function(moves.records())
def add(records: list[Record[dict]], rows: Annotated[TableWriter, sums]) -> None:
    rows.batch_write(puts=[{"account": r.key, "id": r.id, "amount": r.payload["amount"]} for r in records])
""",
    change={
        """    rows.batch_write(puts=[{"account": r.key, "id": r.id, "amount": r.payload["amount"]} for r in records])
""": """    found = {}
    for record in records:
        found[record.key] = found.get(record.key, 0) + record.payload["amount"]
    for key, amount in found.items():
        rows.update(key, "sum", add={"amount": amount})
"""
    },
)
def a_batch_that_comes_again_adds_nothing(cloud, app):
    for n in range(4):
        cloud.stream(app.moves).send({"account": f"a{n % 2}", "amount": 10})
    cloud.settle()
    assert sum(r["amount"] for r in cloud.table(app.sums).rows()) == 40


@mistake(
    "The key of a stream is the id of the record, so nothing keeps the order of an account.",
    right="The key is what must stay in order: the account.",
    app="""
moves = Stream("moves", key="account")
states = Table("states", key="account")

@function(moves.records())
def follow(record: Record[dict], rows: Annotated[TableWriter, states]) -> None:
    rows.put({"account": record.payload["account"], "state": record.payload["state"]})
""",
    change={'moves = Stream("moves", key="account")\n': 'moves = Stream("moves", key="id")\n'},
)
def the_last_state_of_an_account_stays(cloud, app):
    for n, state in enumerate(("new", "open", "closed")):
        cloud.stream(app.moves).send({"account": "a", "id": f"{n}", "state": state})
    cloud.settle()
    assert cloud.table(app.states).get("a")["state"] == "closed"


@mistake(
    "Records that send_many of a stream could not send are given up.",
    right="Raise when some were not sent.",
    app="""
orders = Queue("orders")
moves = Stream("moves", key="account")
seen = Table("seen", key="id")

@function(orders.messages())
def fan(message: Message[list[int]], out: Annotated[StreamWriter, moves]) -> None:
    report = out.send_many([{"account": f"a{n}", "n": n} for n in message.payload])
    if report.failed:
        raise Unavailable("some")

@function(moves.records())
def keep(record: Record[dict], rows: Annotated[TableWriter, seen]) -> None:
    rows.put({"id": record.key})
""",
    change={
        """    report = out.send_many([{"account": f"a{n}", "n": n} for n in message.payload])
    if report.failed:
        raise Unavailable("some")
""": '    out.send_many([{"account": f"a{n}", "n": n} for n in message.payload])\n'
    },
)
def every_move_is_sent(cloud, app):
    cloud.queue(app.orders).send([1, 2, 3, 4])
    cloud.settle()
    assert len(cloud.table(app.seen).rows()) == 4


@mistake(
    "A record whose number is not the next one is refused, also when it merely comes again.",
    right="Skip what came before.",
    app="""
moves = Stream("moves", key="account")
states = Table("states", key="account")

@function(moves.records(), retry=Retry(attempts=3), dead_letter=True)
def follow(record: Record[dict], rows: Annotated[TableReadWriter, states]) -> None:
    row = rows.get(record.key, default=None)
    if row is not None and record.payload["seq"] <= row["seq"]:
        return
    rows.put({"account": record.key, "seq": record.payload["seq"]})
""",
    change={
        """    if row is not None and record.payload["seq"] <= row["seq"]:
        return
""": """    if row is not None and record.payload["seq"] != row["seq"] + 1:
        raise ValueError("gap")
"""
    },
)
def a_number_that_came_before_is_skipped(cloud, app):
    for n in range(3):
        cloud.stream(app.moves).send({"account": "a", "seq": n})
    cloud.settle()
    assert cloud.table(app.states).get("a")["seq"] == 2
    assert cloud.stream(app.moves).dead_letters == []
