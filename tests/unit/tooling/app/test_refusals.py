"""What cannot be bound or packaged is refused once, with file and line, the parameter and what would fit."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from unit.tooling.entry.apps import HEAD, imported

from portable.errors import DeclarationError

FUTURE = "from __future__ import annotations\n" + HEAD

BINDING = {
    "no annotation": ("def f(name): ...", 'parameter "name" of f has no annotation'),
    "unknown name": ("def f(name: Nowhere): ...", 'parameter "name" of f cannot be evaluated.*Nowhere'),
    "args": ("def f(*names: str): ...", r"\*names.* of f is not supported"),
    "kwargs": ("def f(**names: str): ...", r"\*\*names.* of f is not supported"),
    "complex query": ("def f(n: complex): ...", 'parameter "n" of f cannot be bound: complex.*str, int, float'),
    "dict query": (
        "def f(n: dict[str, int]): ...",
        'parameter "n" of f.*for the body, name the parameter body',
    ),
    "list of lists": ("def f(n: list[list[int]]): ...", 'parameter "n" of f cannot be bound'),
    "bytes query": ("def f(data: bytes): ...", "for the body, name the parameter body"),
    "union": ("def f(n: int | str): ...", 'parameter "n" of f cannot be bound'),
    "client alone": ("def f(b: BucketReader): ...", r"is a BucketReader without its resource: write Annotated"),
    "client of text": ('def f(b: Annotated[BucketReader, "photos"]): ...', "without its resource"),
    "client of another kind": (
        "def f(b: Annotated[BucketReader, jobs]): ...",
        r"is a BucketReader, but Queue\(.jobs.\) is a queue",
    ),
    "resource without client": (
        "def f(b: Annotated[str, photos]): ...",
        "but str is no client of it: use BucketReadWriter or BucketReader or BucketSigner or BucketWriter",
    ),
    "client that blocks": (
        "async def f(b: Annotated[BucketReader, photos]): ...",
        "a BucketReader, whose calls would stop every other call of an async def function: use AsyncBucketReader",
    ),
    "member of an enum in a body": (
        "def f(body: Literal[Colour.RED]): ...",
        "is not a type that JSON can be decoded to",
    ),
    "pydantic in a Struct": ("def f(body: Bent): ...", "checked by pydantic and .*by msgspec"),
    "msgspec in a model": ("def f(body: Mixed): ...", "checked by pydantic and .*by msgspec"),
    "async client": (
        "def f(b: Annotated[AsyncBucketReader, photos]): ...",
        "is an AsyncBucketReader: make f async def, or take the plain client",
    ),
    "message of http": (
        "def f(m: Message[bytes]): ...",
        "is a Message, which a http function does not get: use Request",
    ),
    "tick of http": ("def f(t: Tick): ...", "is a Tick, which a http function does not get"),
    "header class": ("def f(h: Annotated[str, http.Header]): ...", r"write Header\(…\)"),
    "enum of another name": ("def f(n: Renamed): ...", r"cannot be bound: \S+\.Other is not .*give it that name"),
    "member of an enum of another name": (
        "def f(n: Literal[Renamed.A]): ...",
        r"cannot be bound: \S+\.Other is not .*give it that name",
    ),
    "list header": ('def f(h: Annotated[list[str], http.Header("x")]): ...', "does not fit a header value"),
    "local type": ("def f(body: Box['x']): ...", 'parameter "body" of f'),
    "unknown class": ("def f(body: Odd): ...", "cannot be decoded"),
    "unknown class in a list": ("def f(body: list[Odd]): ...", "cannot be decoded"),
    "unknown class in a field": ("def f(body: Holder): ...", "cannot be decoded"),
    "two bodies": ("def f(a: Good, b: Good): ...", 'parameter "b" of f reads the body, but a does, too'),
    "positional default": ("def f(a: int = 1, /): ...", "is positional-only and has a default"),
    "generator": ("def f(): yield 1", "is a generator"),
    "async generator": ("async def f(): yield 1", "is a generator"),
}
TYPES = """
import annotated_types, enum, msgspec, pydantic
class Colour(enum.Enum):
    RED = "red"
from dataclasses import dataclass
from typing import Generic, TypeVar
from portable import AsyncBucketReader
T = TypeVar("T")
Renamed = enum.Enum("Other", {"A": "a"})
class Odd: ...
class Bent(msgspec.Struct):
    n: Annotated[int, annotated_types.Gt(0)]
class Mixed(pydantic.BaseModel):
    n: Annotated[int, msgspec.Meta(gt=0)]
class Box(Generic[T]): ...
@dataclass
class Holder:
    odd: Odd
@dataclass
class Good:
    n: int
photos = Bucket("photos")
jobs = Queue("jobs")
"""


def refused(folder: Path, source: str, says: str, head: str = HEAD, **files: str) -> DeclarationError:
    with pytest.raises(DeclarationError, match=says) as caught, imported(folder, source, head, **files):
        pass
    return caught.value


@pytest.mark.parametrize("name", BINDING)
def test_a_parameter_that_cannot_be_bound_is_refused_with_its_place(tmp_path: Path, name: str) -> None:
    code, says = BINDING[name]
    source = f'{TYPES}\n@function(http.post("/f"), name="fun")\n{code}\n'
    error = refused(tmp_path, source, says, FUTURE)
    assert error.where is not None
    line = (FUTURE + source).split("\n").index('@function(http.post("/f"), name="fun")') + 1
    assert re.search(rf"written_app_\d+\.py:{line}$", error.where), error.where


OTHER = {
    "queue with a query": (
        "@function(jobs.messages())\ndef fun(n: int): ...",
        'parameter "n".*a queue function takes Message or Event',
    ),
    "queue with a request": ("@function(jobs.messages())\ndef fun(r: Request): ...", "use Message or Event"),
    "schedule with a header": (
        '@function(schedule.every(days=1))\ndef fun(h: Annotated[str, http.Header("x")]): ...',
        "reads a header, but the trigger is not HTTP",
    ),
    "schedule with typed data": (
        "@function(schedule.every(days=1))\ndef fun(e: Event[int]): ...",
        "its data is a dict",
    ),
    "object with a message": (
        "@function(photos.created())\ndef fun(m: Message[bytes]): ...",
        "use StoredObject or Event",
    ),
    "bad cron": ('@function(schedule.cron("61 * * * *"))\ndef fun(): ...', "is not a valid minute"),
    "bad zone": ('@function(schedule.cron("1 * * * *", timezone="Mars"))\ndef fun(): ...', 'time zone "Mars"'),
    "no slash": ('@function(http.get("a"))\ndef fun(): ...', 'must start with "/"'),
    "query in the path": ('@function(http.get("/a?b=1"))\ndef fun(): ...', "must not hold a query"),
    "half a segment": ('@function(http.get("/a{b}"))\ndef fun(b: str): ...', "must be a whole segment"),
    "rest not last": ('@function(http.get("/{b:path}/c"))\ndef fun(b: str): ...', "must be last"),
    "unknown kind": ('@function(http.get("/{b:int}"))\ndef fun(b: int): ...', "must be a whole segment"),
    "name twice": ('@function(http.get("/{b}/{b}"))\ndef fun(b: int): ...', "names a parameter twice"),
    "reserved": ('@function(http.get("/admin/x"))\ndef fun(): ...', "reserved"),
    "escaped": ('@function(http.get("/caf%C3%A9"))\ndef fun(): ...', "written decoded: '/café'"),
    "path without parameter": ('@function(http.get("/{b}"))\ndef fun(): ...', r'has \{b\} in its path.*add "b: str"'),
    "body too large": ('@function(http.get("/a", max_body=10**9))\ndef fun(): ...', "max_body"),
    "auth": ('@function(http.get("/a", auth="key"))\ndef fun(): ...', "auth='key' must be http.jwt"),
    "two names": (
        '@function(http.get("/a"), name="same")\ndef fun(): ...\n@function(http.get("/b"), name="same")\ndef two(): ...',
        'two functions have the name "same": the other is at',
    ),
    "two routes": (
        '@function(http.get("/a"))\ndef fun(): ...\n@function(http.get("/a"))\ndef two(): ...',
        "GET /a is declared twice: the other is at",
    ),
    "two consumers": (
        "@function(jobs.messages())\ndef fun(): ...\n@function(jobs.messages())\ndef two(): ...",
        'queue "jobs" has two functions.*Topic',
    ),
    "two declarations": (
        '@function(jobs.messages())\ndef fun(): ...\n@function(Queue("jobs", ordered=True).messages())\ndef two(): ...',
        'queue "jobs" is declared twice with different options',
    ),
    "two triggers": ('@function(http.get("/a"))\n@function(http.get("/b"))\ndef fun(): ...', "two triggers"),
    "a method": ('class Shop:\n    @function(http.get("/a"))\n    def fun(self): ...', "fun is inside the class Shop"),
    "nested": (
        'def make():\n    @function(http.get("/a"))\n    def fun(): ...\n    return fun\nf = make()',
        "inside the function make",
    ),
    "lambda": ('fun = function(http.get("/a"), name="fun")(lambda: 1)', "is a lambda"),
    "lambda without name": ('fun = function(http.get("/a"))(lambda: 1)', "function name '<lambda>' must have"),
    "partial": (
        'import functools\nfun = function(http.get("/a"), name="fun")(functools.partial(print))',
        "is not a function",
    ),
    "a class": ('@function(http.get("/a"), name="fun")\nclass Fun: ...', "is not a function"),
    "hidden": (
        '@function(http.get("/a"))\ndef fun(): ...\n@function(http.get("/b"), name="other")\ndef fun(): ...',
        "fun does not exist after its module was imported: another definition replaced it",
    ),
    "short name": (
        '@function(http.get("/a"))\ndef a(): ...',
        "function name 'a' must have 2 to 40 characters.*Give another one by",
    ),
    "a resource as trigger": ("@function(jobs)\ndef fun(): ...", "got the resource Queue"),
    "no trigger": ("@function\ndef fun(): ...", "takes a trigger such as"),
    "a number as trigger": ("@function(5)\ndef fun(): ...", "takes a trigger such as"),
    "memory": ('@function(http.get("/a"), memory=True)\ndef fun(): ...', "memory=True must be"),
    "timeout": ('@function(http.get("/a"), timeout=901)\ndef fun(): ...', "timeout=901 must be"),
    "retry": ("@function(jobs.messages(), retry=3)\ndef fun(): ...", r"retry=3 must be Retry"),
    "retry of http": (
        '@function(http.get("/a"), retry=Retry(attempts=5))\ndef fun(): ...',
        "HTTP functions are never retried",
    ),
    "dead letters of http": (
        '@function(http.get("/a"), dead_letter=True)\ndef fun(): ...',
        "HTTP functions are never retried",
    ),
    "retry count": ("@function(jobs.messages(), retry=Retry(attempts=0))\ndef fun(): ...", "attempts=0"),
    "idempotent": ('@function(http.get("/a"), idempotent=True)\ndef fun(): ...', "idempotent=True must be"),
    "environment": (
        '@function(http.get("/a"), environment={"A": 1})\ndef fun(): ...',
        "must map names to values; both must be text",
    ),
    "cors": ('@function(http.get("/a", cors=True))\ndef fun(): ...', "cors=True must be"),
    "cors text": ('@function(http.get("/a", cors=http.Cors("https://a")))\ndef fun(): ...', "must be a tuple"),
    "header name": (
        '@function(http.get("/a"))\ndef fun(h: Annotated[str, http.Header("a b")]): ...',
        "is not a valid header name",
    ),
    "batch": ("@function(jobs.messages(batch=11))\ndef fun(): ...", "batch=11"),
    "bucket name": ('Bucket("UP")', "bucket name 'UP' must have"),
    "nothing": ("x = 1", "has no functions"),
}


@pytest.mark.parametrize("name", OTHER)
def test_what_cannot_be_packaged_is_refused(tmp_path: Path, name: str) -> None:
    code, says = OTHER[name]
    refused(tmp_path, f"{TYPES}\n{code}\n", says)
