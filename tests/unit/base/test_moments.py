"""A date and time without an offset is a 400 wherever it stands in a typed body; a default of the app is the app's."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from unit.tooling.entry.apps import served

from portable.base.typed import holds_moments

SOURCE = """
import dataclasses, datetime
from typing import NamedTuple, TypedDict
import msgspec, pydantic

Moment = datetime.datetime

class Pair(NamedTuple):
    at: Moment
    n: int = 0

@dataclasses.dataclass
class Visit:
    at: Moment | None = None
    made: Moment = dataclasses.field(default_factory=lambda: Moment(2026, 1, 1))

@dataclasses.dataclass
class Plan:
    visits: list[Visit] = dataclasses.field(default_factory=list)
    by_name: dict[str, Moment] = dataclasses.field(default_factory=dict)
    by_time: dict[Moment, int] = dataclasses.field(default_factory=dict)
    pair: Pair | None = None

class Typed(TypedDict):
    at: Moment

class Struct(msgspec.Struct, rename="camel"):
    begins_at: Moment

class Model(pydantic.BaseModel):
    at: Moment = pydantic.Field(alias="when")
    others: set[Moment] = set()

class Naive(pydantic.BaseModel):
    at: pydantic.NaiveDatetime

class Price(pydantic.BaseModel):
    amount: float

@function(http.post("/plan"))
def plan(body: Plan) -> str:
    return "ok"

@function(http.post("/typed"))
def typed(body: Typed) -> str:
    return "ok"

@function(http.post("/struct"))
def struct(body: Struct | None = None) -> str:
    return "ok"

@function(http.post("/model"))
def model(body: Model) -> str:
    return "ok"

@function(http.post("/naive"))
def naive(body: Naive) -> str:
    return "ok"

@function(http.post("/bare"))
def bare(body: datetime.datetime) -> str:
    return "ok"

@function(http.post("/many"))
async def many(body: list[Visit]) -> str:
    return "ok"

@function(http.post("/price"))
def price(body: Price) -> str:
    return "ok"
"""
NAIVE, AWARE = "2026-01-01T10:00:00", "2026-01-01T10:00:00+02:00"


@pytest.fixture(scope="module", params=[False, True], ids=["called", "awaited"])
def entry(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Any:
    with served(tmp_path_factory.mktemp("app"), SOURCE, awaited=request.param) as found:
        yield found


@pytest.mark.parametrize(
    ("path", "body", "at"),
    [
        ("/plan", {"visits": [{}, {"at": "TIME"}]}, "body.visits[1].at"),
        ("/plan", {"by_name": {"a": "TIME"}}, "body.by_name.a"),
        ("/plan", {"by_time": {"TIME": 1}}, "body.by_time.TIME"),
        ("/plan", {"pair": ["TIME", 1]}, "body.pair[0]"),
        ("/typed", {"at": "TIME"}, "body.at"),
        ("/struct", {"beginsAt": "TIME"}, "body.beginsAt"),
        ("/model", {"when": "TIME"}, "body.when"),
        ("/model", {"when": AWARE, "others": ["TIME"]}, "body.others[0]"),
        ("/bare", "TIME", "body"),
        ("/many", [{"at": "TIME"}], "body[0].at"),
    ],
)
def test_a_time_without_an_offset_is_refused_with_its_place(entry: Any, path: str, body: Any, at: str) -> None:
    def send(moment: str) -> Any:
        return entry.send("POST", path, body=json.dumps(body).replace("TIME", moment, 1).encode())

    refused = send(NAIVE)
    assert (refused.status, json.loads(refused.body)["at"]) == (400, at.replace("TIME", NAIVE))
    assert "no offset" in json.loads(refused.body)["detail"]
    assert send(AWARE).status == 200


def test_a_default_of_the_app_and_a_type_that_wants_no_offset_are_not_refused(entry: Any) -> None:
    assert entry.send("POST", "/plan", body=b'{"visits": [{}]}').status == 200
    assert entry.send("POST", "/naive", body=json.dumps({"at": NAIVE}).encode()).status == 200


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity"])
def test_a_number_that_json_does_not_have_is_refused_for_a_model_too(entry: Any, number: str) -> None:
    assert entry.send("POST", "/price", body=b'{"amount": %s}' % number.encode()).status == 400
    assert entry.send("POST", "/price", body=b'{"amount": 1, "note": "NaN"}').status == 200


def test_only_types_that_hold_a_datetime_are_checked(tmp_path: Path) -> None:
    with served(tmp_path, SOURCE) as found:
        checked = {
            line.partition("__")[0].strip(" _") for line in found.source.splitlines() if "_moments.aware(" in line
        }
    assert checked == {"plan", "typed", "struct", "model", "bare", "many"}
    assert not holds_moments(dict[str, list[int]])
