"""Mistakes between two instances of a function: what one of them keeps, guards or forgets, the other does not know."""

from __future__ import annotations

from mutants.form import mistake


@mistake(
    "A function with lru_cache is cleared by the writer, in the writer's own process only.",
    right="Read it from its table.",
    app="""
config = Table("config", key="name")

@lru_cache
def cached(rows):
    return rows.get("rate")["rate"]

@function(http.put("/rate/{rate}"))
def put_rate(rate: int, rows: Annotated[TableWriter, config]) -> None:
    rows.put({"name": "rate", "rate": rate})
    cached.cache_clear()

@function(http.get("/rate"))
def get_rate(rows: Annotated[TableReader, config]) -> dict:
    return {"rate": rows.get("rate")["rate"]}
""",
    change={'    return {"rate": rows.get("rate")["rate"]}\n': '    return {"rate": cached(rows)}\n'},
)
def a_rate_that_was_changed_is_told(cloud, app):
    cloud.table(app.config).put({"name": "rate", "rate": 1})
    assert cloud.http.get("/rate").json() == {"rate": 1}
    cloud.http.put("/rate/2")
    assert cloud.http.get("/rate").json() == {"rate": 2}


@mistake(
    "A price is kept by a closure, and forgotten only where it was changed.",
    right="Read it from its table.",
    app="""
config = Table("config", key="name")

def make():
    keep = {}
    def cached(rows):
        if "rate" not in keep:
            keep["rate"] = rows.get("rate")["rate"]
        return keep["rate"]
    return cached, keep.clear

cached, forget = make()

@function(http.put("/rate/{rate}"))
def put_rate(rate: int, rows: Annotated[TableWriter, config]) -> None:
    rows.put({"name": "rate", "rate": rate})

@function(http.get("/rate"))
def get_rate(rows: Annotated[TableReader, config]) -> dict:
    return {"rate": rows.get("rate")["rate"]}
""",
    change={
        '    rows.put({"name": "rate", "rate": rate})\n': """    rows.put({"name": "rate", "rate": rate})
    forget()
""",
        '    return {"rate": rows.get("rate")["rate"]}\n': '    return {"rate": cached(rows)}\n',
    },
)
def a_rate_in_a_closure_is_told(cloud, app):
    cloud.table(app.config).put({"name": "rate", "rate": 1})
    assert cloud.http.get("/rate").json() == {"rate": 1}
    cloud.http.put("/rate/2")
    assert cloud.http.get("/rate").json() == {"rate": 2}


@mistake(
    "A client that is made at the first call keeps what it read then.",
    right="Read it from its table.",
    app="""
config = Table("config", key="name")

class Client:
    def __init__(self, rows):
        self.rate = rows.get("rate")["rate"]

_client = None

def cached(rows):
    global _client
    if _client is None:
        _client = Client(rows)
    return _client.rate

def forget():
    global _client
    _client = None

@function(http.put("/rate/{rate}"))
def put_rate(rate: int, rows: Annotated[TableWriter, config]) -> None:
    rows.put({"name": "rate", "rate": rate})

@function(http.get("/rate"))
def get_rate(rows: Annotated[TableReader, config]) -> dict:
    return {"rate": rows.get("rate")["rate"]}
""",
    change={
        '    rows.put({"name": "rate", "rate": rate})\n': """    rows.put({"name": "rate", "rate": rate})
    forget()
""",
        '    return {"rate": rows.get("rate")["rate"]}\n': '    return {"rate": cached(rows)}\n',
    },
)
def a_rate_of_a_client_is_told(cloud, app):
    cloud.table(app.config).put({"name": "rate", "rate": 1})
    assert cloud.http.get("/rate").json() == {"rate": 1}
    cloud.http.put("/rate/2")
    assert cloud.http.get("/rate").json() == {"rate": 2}


@mistake(
    "A function keeps what it read in an attribute of its own.",
    right="Read it from its table.",
    app="""
config = Table("config", key="name")

def cached(rows):
    if not hasattr(cached, "rate"):
        cached.rate = rows.get("rate")["rate"]
    return cached.rate

def forget():
    if hasattr(cached, "rate"):
        del cached.rate

@function(http.put("/rate/{rate}"))
def put_rate(rate: int, rows: Annotated[TableWriter, config]) -> None:
    rows.put({"name": "rate", "rate": rate})

@function(http.get("/rate"))
def get_rate(rows: Annotated[TableReader, config]) -> dict:
    return {"rate": rows.get("rate")["rate"]}
""",
    change={
        '    rows.put({"name": "rate", "rate": rate})\n': """    rows.put({"name": "rate", "rate": rate})
    forget()
""",
        '    return {"rate": rows.get("rate")["rate"]}\n': '    return {"rate": cached(rows)}\n',
    },
)
def a_rate_in_an_attribute_is_told(cloud, app):
    cloud.table(app.config).put({"name": "rate", "rate": 1})
    assert cloud.http.get("/rate").json() == {"rate": 1}
    cloud.http.put("/rate/2")
    assert cloud.http.get("/rate").json() == {"rate": 2}


@mistake(
    "A decorator of the app remembers what a function returned.",
    right="Read it from its table.",
    app="""
config = Table("config", key="name")

import functools

def memo(function):
    keep = {}
    @functools.wraps(function)
    def inner(rows):
        if "x" not in keep:
            keep["x"] = function(rows)
        return keep["x"]
    inner.clear = keep.clear
    return inner

@memo
def cached(rows):
    return rows.get("rate")["rate"]

def forget():
    cached.clear()

@function(http.put("/rate/{rate}"))
def put_rate(rate: int, rows: Annotated[TableWriter, config]) -> None:
    rows.put({"name": "rate", "rate": rate})

@function(http.get("/rate"))
def get_rate(rows: Annotated[TableReader, config]) -> dict:
    return {"rate": rows.get("rate")["rate"]}
""",
    change={
        '    rows.put({"name": "rate", "rate": rate})\n': """    rows.put({"name": "rate", "rate": rate})
    forget()
""",
        '    return {"rate": rows.get("rate")["rate"]}\n': '    return {"rate": cached(rows)}\n',
    },
)
def a_rate_of_a_decorator_is_told(cloud, app):
    cloud.table(app.config).put({"name": "rate", "rate": 1})
    assert cloud.http.get("/rate").json() == {"rate": 1}
    cloud.http.put("/rate/2")
    assert cloud.http.get("/rate").json() == {"rate": 2}


@mistake(
    "A lock of the module guards what is looked for and then written.",
    right="Put the row only if it is absent.",
    app="""
rows_ = Table("rows", key="id")

@function(http.post("/take/{who}"))
def take(who: str, rows: Annotated[TableReadWriter, rows_]) -> Response:
    try:
        rows.put({"id": "seat", "who": who}, if_absent=True)
    except Conflict:
        return Response(status=409)
    return Response(status=201)
""",
    change={
        'rows_ = Table("rows", key="id")\n': """rows_ = Table("rows", key="id")
lock = threading.Lock()
""",
        """    try:
        rows.put({"id": "seat", "who": who}, if_absent=True)
    except Conflict:
        return Response(status=409)
""": """    with lock:
        if rows.get("seat", default=None) is not None:
            return Response(status=409)
        rows.put({"id": "seat", "who": who})
""",
    },
)
def two_callers_get_one_seat(cloud, app):
    found = cloud.at_once(lambda: cloud.http.post("/take/a"), lambda: cloud.http.post("/take/b"))
    assert sorted(f.status_code for f in found) == [201, 409]


@mistake(
    "An asyncio.Lock guards what is looked for and then written.",
    right="Put the row only if it is absent.",
    app="""
rows_ = Table("rows", key="id")

@function(http.post("/take/{who}"))
async def take(who: str, rows: Annotated[AsyncTableReadWriter, rows_]) -> Response:
    try:
        await rows.put({"id": "seat", "who": who}, if_absent=True)
    except Conflict:
        return Response(status=409)
    return Response(status=201)
""",
    change={
        'rows_ = Table("rows", key="id")\n': """rows_ = Table("rows", key="id")
lock = asyncio.Lock()
""",
        """    try:
        await rows.put({"id": "seat", "who": who}, if_absent=True)
    except Conflict:
        return Response(status=409)
""": """    async with lock:
        if await rows.get("seat", default=None) is not None:
            return Response(status=409)
        await rows.put({"id": "seat", "who": who})
""",
    },
)
def two_callers_of_an_async_handler_get_one_seat(cloud, app):
    found = cloud.at_once(lambda: cloud.http.post("/take/a"), lambda: cloud.http.post("/take/b"))
    assert sorted(f.status_code for f in found) == [201, 409]


@mistake(
    "A semaphore lets one call of the process through at a time.",
    right="Put the row only if it is absent.",
    app="""
rows_ = Table("rows", key="id")

@function(http.post("/take/{who}"))
def take(who: str, rows: Annotated[TableReadWriter, rows_]) -> Response:
    try:
        rows.put({"id": "seat", "who": who}, if_absent=True)
    except Conflict:
        return Response(status=409)
    return Response(status=201)
""",
    change={
        'rows_ = Table("rows", key="id")\n': """rows_ = Table("rows", key="id")
gate = threading.Semaphore(1)
""",
        """    try:
        rows.put({"id": "seat", "who": who}, if_absent=True)
    except Conflict:
        return Response(status=409)
""": """    with gate:
        if rows.get("seat", default=None) is not None:
            return Response(status=409)
        rows.put({"id": "seat", "who": who})
""",
    },
)
def one_seat_is_taken_at_a_time(cloud, app):
    found = cloud.at_once(lambda: cloud.http.post("/take/a"), lambda: cloud.http.post("/take/b"))
    assert sorted(f.status_code for f in found) == [201, 409]


@mistake(
    "A set of the module knows what is taken.",
    right="Put the row only if it is absent.",
    app="""
rows_ = Table("rows", key="id")

@function(http.post("/take/{who}"))
def take(who: str, rows: Annotated[TableReadWriter, rows_]) -> Response:
    try:
        rows.put({"id": "seat", "who": who}, if_absent=True)
    except Conflict:
        return Response(status=409)
    return Response(status=201)
""",
    change={
        'rows_ = Table("rows", key="id")\n': """rows_ = Table("rows", key="id")
taken = set()
""",
        """    try:
        rows.put({"id": "seat", "who": who}, if_absent=True)
    except Conflict:
        return Response(status=409)
""": """    if "seat" in taken:
        return Response(status=409)
    taken.add("seat")
    rows.get("seat", default=None)
    rows.put({"id": "seat", "who": who})
""",
    },
)
def a_seat_is_taken_once(cloud, app):
    found = cloud.at_once(lambda: cloud.http.post("/take/a"), lambda: cloud.http.post("/take/b"))
    assert sorted(f.status_code for f in found) == [201, 409]
