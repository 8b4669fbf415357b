"""A call of a function of a stage: the event that reaches the target's Remote."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from unit.tooling.remote.stages import GivenRemote

from portable.errors import PortableError
from portable.tooling.remote.calling import NotCalled, call

BODY = base64.b64encode(b'{"a": 1}').decode()
EVENTS: dict[str, dict[str, Any]] = {
    "hello": {"kind": "http", "method": "GET", "path": "/hello/Ada?x=1"},
    "work": {"kind": "message", "data": BODY},
    "notify": {"kind": "message", "data": BODY, "attributes": {"kind": "paid"}},
    "index": {"kind": "object", "key": "in/a.jpg"},
    "nightly": {"kind": "tick"},
    "count": {"key": "ada", "payload": {"a": 1}},
}


@pytest.mark.parametrize("name", EVENTS)
def test_an_event_of_each_kind_reaches_its_function_as_a_portable_event(name: str) -> None:
    remote = GivenRemote()
    call(remote, name, EVENTS[name])
    [(function, [event])] = remote.called
    assert function == name
    assert type(event).__name__ in ("Request", "Message", "StoredObject", "Tick", "Record")


def test_a_batch_of_records_is_one_call() -> None:
    remote = GivenRemote()
    call(remote, "count", {"records": [{"payload": 1, "id": "a"}, {"payload": 2, "id": "b"}]})
    [(_, events)] = remote.called
    assert [event.id for event in events] == ["a", "b"]


def test_an_event_of_another_kind_is_refused_and_nothing_is_called() -> None:
    remote = GivenRemote()
    with pytest.raises(PortableError, match="work takes a message"):
        call(remote, "work", EVENTS["hello"])
    assert not remote.called


def test_an_event_that_the_trigger_keeps_out_calls_nothing() -> None:
    remote = GivenRemote()
    with pytest.raises(NotCalled, match="its filter requires the attributes kind=paid"):
        call(remote, "notify", EVENTS["work"])
    with pytest.raises(NotCalled, match="its trigger asks for keys"):
        call(remote, "index", {"kind": "object", "key": "out/a.jpg"})
    assert not remote.called


def test_a_function_that_is_not_there_is_refused_with_those_there_are() -> None:
    with pytest.raises(PortableError, match="shop has hello, work"):
        call(GivenRemote(), "nobody", EVENTS["hello"])
