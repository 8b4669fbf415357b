"""Constraints hold wherever a value of a request is: they are checked by their library, and told with the place."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import annotated_types
import msgspec
import pytest
from unit.tooling.entry.apps import HEAD, imported, served

from portable.errors import DeclarationError
from portable.tooling.app.needs import needs
from portable.tooling.app.simple import as_meta

HEADS = {"evaluated": HEAD, "postponed": "from __future__ import annotations\n" + HEAD}
TYPES = """
import datetime, decimal, enum, typing
import annotated_types, msgspec, pydantic
from typing import NewType, Optional
Age = NewType("Age", Annotated[int, msgspec.Meta(ge=18)])
def even(value: int) -> int:
    if value % 2:
        raise ValueError("must be even")
    return value
"""
MARKS = {
    "msgspec": "msgspec.Meta(gt=0, le=9)",
    "pydantic": "pydantic.Field(gt=0, le=9)",
    "annotated_types": "annotated_types.Interval(gt=0, le=9)",
}
PLACES = {
    "path": ("get", "n: Annotated[int, MARK]", "path.n"),
    "query": ("get", "n: Annotated[int, MARK]", "query.n"),
    "optional": ("get", "n: Annotated[int | None, MARK] = None", "query.n"),
    "or-none": ("get", "n: Optional[Annotated[int, MARK]]", "query.n"),
    "header": ("get", 'n: Annotated[int, http.Header("x-n"), MARK]', "header.x-n"),
    "header-last": ("get", 'n: Annotated[int, MARK, http.Header("X-N")] = 1', "header.x-n"),
    "cookie": ("get", 'n: Annotated[Annotated[int, MARK], http.Cookie("n")]', "cookie.n"),
    "body": ("post", "body: Annotated[int, MARK]", "body"),
    "form": ("post", "n: Annotated[int, MARK, http.Form]", "body.n"),
}


def everywhere(mark: str) -> str:
    """Return one function for each place, which returns what it got."""
    made = []
    for name, (method, parameter, place) in PLACES.items():
        path = f"/{name}/{{n}}" if place == "path.n" else f"/{name}"
        got = parameter.partition(":")[0]
        made.append(
            f'@function(http.{method}("{path}"), name="in-{name}")\n'
            f"def in_{name.replace('-', '_')}({parameter.replace('MARK', mark)}) -> Any: return [{got}]\n"
        )
    return "\n".join(made)


def sent(entry: Any, name: str, value: str) -> Any:
    _, _, place = PLACES[name]
    where = place.partition(".")[0]
    headers = {"header": {"x-n": value}, "cookie": {"cookie": f"n={value}"}}.get(where, {})
    if name == "form":
        headers = {"content-type": "application/x-www-form-urlencoded"}
    body = (f"n={value}" if name == "form" else value).encode() if where == "body" else b""
    path = f"/{name}/{value}" if where == "path" else f"/{name}"
    return entry.send("POST" if body else "GET", path, f"n={value}" if where == "query" else "", headers, body)


@pytest.mark.parametrize("head", HEADS)
@pytest.mark.parametrize("library", MARKS)
def test_a_constraint_holds_in_every_place_for_every_library(tmp_path: Path, library: str, head: str) -> None:
    with served(tmp_path, TYPES + everywhere(MARKS[library]), HEADS[head]) as entry:
        for name, (_, _, place) in PLACES.items():
            assert json.loads(sent(entry, name, "9").body) == [9]
            for wrong in ("0", "10"):
                response = sent(entry, name, wrong)
                told = json.loads(response.body)
                assert (response.status, told["at"], len(told["errors"])) == (400, place, 1)
                assert told["detail"] == told["errors"][0]["message"] != ""


@pytest.mark.parametrize(
    ("parameter", "good", "bad", "at"),
    [
        ("n: Age", "18", "17", "query.n"),
        ("n: list[Annotated[int, msgspec.Meta(ge=2)]]", "2&n=3", "2&n=1", "query.n[1]"),
        ("n: Annotated[list[int], msgspec.Meta(max_length=1)]", "1", "1&n=2", "query.n"),
        ("n: Annotated[list[Age], pydantic.Field(max_length=1)]", None, "needs two libraries", ""),
        ("n: Annotated[list[pydantic.PositiveInt], pydantic.Field(min_length=2)]", "1&n=2", "1", "query.n"),
        ("n: pydantic.PositiveInt", "1", "0", "query.n"),
        ("n: Annotated[str, msgspec.Meta(pattern='^[a-z]+$', max_length=3)]", "abc", "abcd", "query.n"),
        ("n: Annotated[str, pydantic.StringConstraints(strip_whitespace=True, min_length=1)]", "+a+", "++", "query.n"),
        ("n: Annotated[decimal.Decimal, pydantic.Field(decimal_places=1)]", "1.5", "1.55", "query.n"),
        ("n: Annotated[int, pydantic.AfterValidator(even)]", "2", "3", "query.n"),
        ("n: Annotated[datetime.date, annotated_types.Gt(datetime.date(2026, 1, 1))]", "2026-01-02", "2026-01-01", "query.n"),
        ("n: Annotated[str, 'a note', msgspec.Meta(description='only said')]", "", None, ""),
    ],
)  # fmt: skip
def test_constraints_of_each_form(tmp_path: Path, parameter: str, good: str | None, bad: str | None, at: str) -> None:
    source = f'{TYPES}\n@function(http.get("/f"), name="fun")\ndef f({parameter}) -> Any: return [n]'
    if good is None:
        with (
            pytest.raises(DeclarationError, match=r'"n" of f cannot be bound.*by pydantic and .*by msgspec'),
            imported(tmp_path, source),
        ):
            pass
        return
    with served(tmp_path, source) as entry:
        assert entry.send("GET", "/f", f"n={good}").status == 200
        if bad is not None:
            response = entry.send("GET", "/f", f"n={bad}")
            assert (response.status, json.loads(response.body)["at"]) == (400, at)


@pytest.mark.parametrize("kind", ["bytes", "str"])
@pytest.mark.parametrize("mark", ["msgspec.Meta(max_length=2)", "pydantic.Field(max_length=2)"])
def test_the_length_of_a_raw_body_is_checked(tmp_path: Path, kind: str, mark: str) -> None:
    source = f'{TYPES}\n@function(http.put("/f"))\ndef fun(body: Annotated[{kind}, {mark}]) -> Any: return body'
    with served(tmp_path, source) as entry:
        assert entry.send("PUT", "/f", body=b"ab").body == b"ab"
        response = entry.send("PUT", "/f", body=b"abc")
        assert (response.status, json.loads(response.body)["at"]) == (400, "body")


@pytest.mark.parametrize(
    ("code", "says"),
    [
        (
            "def f(n: Annotated[int, msgspec.Meta(max_length=1)]): ...",
            r'"n" of f cannot be bound: .*Meta.* does not fit',
        ),
        ("def f(n: Annotated[int, pydantic.AfterValidator(lambda n: n)]): ...", r'"n" of f cannot be bound: .*lambda'),
    ],
)
def test_a_constraint_that_does_not_fit_is_refused_with_its_place(tmp_path: Path, code: str, says: str) -> None:
    with (
        pytest.raises(DeclarationError, match=says) as caught,
        imported(tmp_path, f'{TYPES}\n@function(http.get("/f"), name="fun")\n{code}'),
    ):
        pass
    assert caught.value.where is not None


def test_a_constraint_of_another_trigger_is_refused(tmp_path: Path) -> None:
    source = f'{TYPES}\njobs = Queue("jobs")\n@function(jobs.messages())\ndef fun(n: Annotated[int, msgspec.Meta(ge=1)]): ...'
    with (
        pytest.raises(DeclarationError, match="which only values of a request and fields of a type"),
        imported(tmp_path, source),
    ):
        pass


def test_only_the_library_of_a_constraint_is_needed(tmp_path: Path) -> None:
    source = (
        'import msgspec\n@function(http.get("/f"))\ndef fun(n: Annotated[int, msgspec.Meta(ge=1)]) -> int: return n'
    )
    with imported(tmp_path, source) as app:
        assert needs(app).typed
    with imported(tmp_path, '@function(http.get("/f"))\ndef fun(n: int) -> int: return n') as app:
        assert not needs(app).typed


@pytest.mark.parametrize(
    ("marks", "expected"),
    [
        ((annotated_types.Gt(0),), msgspec.Meta(gt=0)),
        ((annotated_types.Interval(ge=1, lt=5),), msgspec.Meta(ge=1, lt=5)),
        ((annotated_types.Len(1, 5),), msgspec.Meta(min_length=1, max_length=5)),
        ((annotated_types.MultipleOf(2), "a note"), msgspec.Meta(multiple_of=2)),
        ((annotated_types.Predicate(str.islower),), None),
    ],
)
def test_marks_of_annotated_types_need_no_pydantic_where_msgspec_knows_them(marks: Any, expected: Any) -> None:
    from typing import Annotated

    found = as_meta(Annotated[(int, *marks)])
    assert found == (None if expected is None else Annotated[int, expected])
