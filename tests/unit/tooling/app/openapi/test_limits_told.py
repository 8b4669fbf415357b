"""How many calls an operation takes, in the document: the 429 with its header fields, and the 503 of a table that is away."""

from __future__ import annotations

from pathlib import Path

from openapi_spec_validator import validate
from unit.tooling.app.openapi.documents import described

SOURCE = """
from portable import Table

calls = Table("calls", key="id")

@function(http.get("/free"))
def free() -> None: ...

@function(http.get("/few", limit=http.rate(["2/s", "9/m"], by="ip", table=calls)))
def few() -> None: ...

@function(http.get("/fair", limit=http.rate("1/h", by="route", table=calls, unavailable="allow")))
def fair() -> None: ...
"""


def test_a_call_too_many_is_told(tmp_path: Path) -> None:
    made = described(tmp_path, SOURCE)
    validate(made)
    found = {path: methods["get"]["responses"] for path, methods in made["paths"].items()}
    assert [*found["/free"]] == ["204", "default"]
    assert [*found["/few"]] == ["204", "429", "503", "default"]
    assert found["/few"]["429"]["description"] == "More than 2 calls in 1 s and 9 calls in 60 s"
    assert found["/few"]["429"]["headers"]["Retry-After"]["schema"] == {"type": "integer"}
    assert [*found["/few"]["429"]["headers"]] == ["Retry-After", "RateLimit-Policy", "RateLimit"]
    assert [*found["/fair"]] == ["204", "429", "default"]
