"""A function is fired by a form of its types, by its event, or by a provider's own event."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from unit.tooling.dev.dashboard.visiting import Answer, Visitor, form

from portable.errors import InvalidInput
from portable.eventing.uploads import UploadedFile
from portable.tooling.dev.dashboard.firing.proposal import event_of, first_event, parsed, proposal
from portable.tooling.dev.dashboard.posted import Form
from portable.tooling.dev.journal.model import Details
from portable.tooling.dev.running import Running
from portable.tooling.run.invoking import decode

EVENTS: dict[str, dict[str, Any]] = {
    "work": {"payload": {"what": "native"}},
    "sale": {"method": "GET", "path": "/sales/native/1"},
    "arrived": {"key": "in/native.txt"},
    "nightly": {},
    "click": {"payload": {"a": 1}, "key": "k"},
}


class Filled(Form):
    """A form with values of its own."""

    def __init__(self, **values: str) -> None:
        self._values = {name.replace("__", "."): value for name, value in values.items()}

    def text(self, name: str, default: str = "") -> str:
        return self._values.get(name, default)

    def given(self, name: str) -> bool:
        return name in self._values

    def files(self, name: str) -> list[UploadedFile]:
        return []


def made(engine: Running, answer: Answer) -> Details:
    """Return the invocation that a form has made."""
    assert answer.status == 303, answer.words
    [identity] = re.findall(r"/invocations/(\w+)", answer.headers["location"])
    found = engine.journal.one(identity)
    assert found is not None
    return found


def event(engine: Running, name: str, **values: str) -> dict[str, Any]:
    found = proposal(engine.functions[name], engine.handlers[name])
    return event_of(found, Filled(**values))


@pytest.mark.parametrize(
    "name", ["store", "fetch", "sell", "sale", "key", "arrived", "work", "hear", "click", "nightly"]
)
def test_the_form_of_each_function_begins_with_an_event_that_it_takes(engine: Running, name: str) -> None:
    function = engine.functions[name]
    assert decode(function, first_event(proposal(function, engine.handlers[name]))) is not None


def test_each_part_of_a_request_has_a_field(engine: Running) -> None:
    found = {field.name: field for field in proposal(engine.functions["sell"], engine.handlers["sell"]).fields()}
    assert {"query.loud", "header.x-agent", "body.shop", "body.number", "body.state", "headers"} <= found.keys()
    assert found["body.state"].options == ("", "open", "paid")
    assert found["query.loud"].options == ("", "true", "false")
    assert found["body.number"].kind == "number"
    assert found["body.tags"].kind == "json"


def test_a_request_is_made_of_its_fields(engine: Running) -> None:
    asked = event(
        engine,
        "sell",
        query__loud="true",
        query="x=1",
        **{"header__x-agent": "me", "headers": "a: 1\nb: 2"},
        body__shop="ä",
        body__number="3",
        body__at="2026-01-31T12:00:00Z",
        body__price="2.5",
        body__tags='["new"]',
    )
    assert asked == {
        "method": "POST",
        "path": "/sales?loud=true&x=1",
        "headers": [["content-type", "application/json"], ["x-agent", "me"], ["a", "1"], ["b", "2"]],
        "body": {"shop": "ä", "number": 3, "at": "2026-01-31T12:00:00Z", "price": 2.5, "tags": ["new"]},
    }


def test_a_path_is_encoded_segment_by_segment_but_for_the_rest_of_it(engine: Running) -> None:
    assert event(engine, "sale", path__shop="a/b c", path__number="3")["path"] == "/sales/a%2Fb%20c/3"
    assert event(engine, "fetch", path__name="a b/c?d")["path"] == "/files/a%20b/c%3Fd"


def test_a_message_is_made_of_its_fields(engine: Running) -> None:
    asked = event(engine, "work", payload__what="tidy", payload__times="2", attributes="a=1", attempt="2")
    assert asked == {"payload": {"what": "tidy", "times": 2}, "attributes": {"a": "1"}, "attempt": 2}
    assert first_event(proposal(engine.functions["hear"], engine.handlers["hear"]))["attributes"] == {"kind": "sold"}


@pytest.mark.parametrize(
    ("name", "values", "field"),
    [
        ("sell", {"body__tags": "{"}, "tags"),
        ("sell", {"headers": "no mark"}, "headers"),
        ("work", {"attributes": "no mark"}, "attributes"),
        ("work", {"attempt": "x"}, "attempt"),
        ("nightly", {"scheduled_at": "soon"}, "Scheduled at"),
    ],
)
def test_what_cannot_be_read_is_told_by_its_field(
    engine: Running, name: str, values: dict[str, str], field: str
) -> None:
    with pytest.raises(InvalidInput, match=field):
        event(engine, name, **values)


@pytest.mark.parametrize("text", ["", "[]", "{", '"x"'])
def test_a_text_that_is_no_event_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput):
        parsed(text)


def test_a_filled_form_fires_its_function(visitor: Visitor, engine: Running) -> None:
    path, fields = form(visitor.get("/fire/work"), "/form")
    found = made(engine, visitor.post(path, {**fields, "payload.what": "by form"}))
    assert (found.function, found.outcome) == ("work", "done")


def test_a_form_of_a_failed_event_says_why_and_keeps_what_was_written(visitor: Visitor) -> None:
    path, fields = form(visitor.get("/fire/sell"), "/form")
    answer = visitor.post(path, {**fields, "body.shop": "mine & yours", "body.tags": "{"})
    assert answer.status == 400
    assert "tags" in answer.words
    assert form(answer, "/form")[1]["body.shop"] == "mine & yours"


def test_an_event_in_json_fires_a_function(visitor: Visitor, engine: Running) -> None:
    path, fields = form(visitor.get("/fire/work"), "/event")
    assert json.loads(fields["event"])["payload"]["times"] == 1
    found = made(engine, visitor.post(path, {**fields, "event": '{"payload": {"what": "impossible"}}'}))
    assert (found.outcome, found.error) == ("failed", "RuntimeError: impossible cannot be done")


def test_an_event_that_does_not_fit_is_told(visitor: Visitor) -> None:
    answer = visitor.post("/fire/work/event", {"event": '{"kind": "http", "path": "/"}', "wire": ""})
    assert answer.status == 400
    assert "work takes a message" in answer.words


@pytest.mark.parametrize("wire", ["aws", "azure", "gcp"])
@pytest.mark.parametrize("name", ["work", "sale", "arrived", "nightly", "click"])
def test_an_event_is_shown_as_each_provider_sends_it_and_fired_as_such(
    visitor: Visitor, engine: Running, name: str, wire: str
) -> None:
    past = engine.fire(name, EVENTS[name])
    path, fields = form(visitor.get(f"/fire/{name}?wire={wire}&from={past}"), "/native")
    found = made(engine, visitor.post(path, fields))
    assert (found.function, found.wire) == (name, wire)
    before = engine.journal.one(past)
    assert before is not None
    assert (found.outcome, found.status) == (before.outcome, before.status), found.error


def test_what_a_provider_cannot_do_is_told(visitor: Visitor) -> None:
    page = visitor.get("/fire/store?wire=ironworker")
    assert page.status == 200
    assert "IronWorker cannot do this" in page.words
    assert "no target" in visitor.get("/fire/store?wire=nowhere").words


def test_a_past_event_is_edited_and_fired_on_a_wire(visitor: Visitor, engine: Running) -> None:
    first = engine.fire("work", {"payload": {"what": "once"}})
    path, fields = form(visitor.get(f"/fire/work?from={first}"), "/event")
    assert "once" in fields["event"] or "data" in fields["event"]
    found = made(engine, visitor.post(path, {**fields, "wire": "aws"}))
    assert (found.wire, found.outcome) == ("aws", "done")


def test_every_route_of_the_api_has_a_form(visitor: Visitor) -> None:
    page = visitor.get("/api")
    for name in ("store", "fetch", "sell", "sale", "key", "now", "broken"):
        assert form(page, f"/fire/{name}/form")
    assert "Sell something." in page.words
    assert "Open the back door. It is for those who know the key." in page.words
    assert not {"Tags:", "Example:", "Raises:"} & set(page.words.split())
