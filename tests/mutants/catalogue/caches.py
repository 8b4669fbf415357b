"""Mistakes with caches of a process: what one instance of a function forgets, the other one still tells."""

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
