"""What a stream function's parameters may be, and what is refused with its place."""

from __future__ import annotations

import sys
from typing import Annotated, Any

import pytest

from portable import (
    AsyncStreamWriter,
    Context,
    Event,
    Message,
    QueueSender,
    Record,
    Stream,
    StreamWriter,
    function,
)
from portable.errors import DeclarationError
from portable.tooling.app.collect import collect
from portable.tooling.app.kinds.registry import TRIGGERS, title
from portable.tooling.app.kinds.stream import takes_batch
from portable.tooling.app.signature import bind
from portable.tooling.entry.call_source import call_source
from portable.tooling.entry.names import Names

clicks = Stream("clicks", key="user")


def bound(handler: Any) -> Any:
    return bind(function(clicks.records())(handler), [sys.modules[__name__]])


def test_a_record_a_batch_or_an_event_can_be_taken() -> None:
    def one(record: Record[dict[str, Any]], context: Context, out: Annotated[StreamWriter, clicks]) -> None: ...
    def many(records: list[Record[str]]) -> None: ...
    def raw(records: list[Record[bytes]]) -> None: ...
    def event(found: Event[dict[str, Any]]) -> None: ...

    assert bound(one)[0].key == "Record"
    assert [(p.key, p.decoder) for p in bound(many)] == [("list[Record]", "text")]
    assert [(p.key, p.decoder) for p in bound(raw)] == [("list[Record]", "raw")]
    assert [(p.key, p.decoder) for p in bound(event)] == [("Event", "json")]


def test_what_does_not_fit_is_refused_with_what_would() -> None:
    def message(found: Message[bytes]) -> None: ...
    def events(found: list[Event[bytes]]) -> None: ...
    def nothing(found: int) -> None: ...
    def sender(out: Annotated[QueueSender, clicks]) -> None: ...
    def waits(out: Annotated[AsyncStreamWriter, clicks]) -> None: ...

    for handler, said in (
        (message, r"use Record or Event or list\[Record\]"),
        (events, r"a batch is a list\[Record\]"),
        (nothing, r"Record or Event or list\[Record\]"),
        (sender, "is a stream"),
        (waits, "async def"),
    ):
        with pytest.raises(DeclarationError, match=said):
            bound(handler)


def test_a_batch_is_decoded_in_the_generated_call(tmp_path: Any) -> None:
    module = tmp_path / "shop.py"
    module.write_text(
        "from portable import Record, Stream, function\n"
        "clicks = Stream('clicks')\n"
        "@function(clicks.records(batch=7, window=1, start='oldest'))\n"
        "def count(records: list[Record[dict]]) -> None: ...\n"
    )
    app = app_of(tmp_path)
    (found,) = app.functions
    trigger = {"kind": "stream", "ordered": True, "stream": "clicks", "batch": 7, "window": 1, "start": "oldest"}
    assert found.trigger == trigger
    assert takes_batch(found)
    assert title(found.trigger) == "records of stream clicks"
    assert [(resource.kind, resource.name, resource.options) for resource in app.resources] == [
        ("stream", "clicks", {"key": None})
    ]
    assert "records=event.decoded(" in call_source(found, Names()).body[1]
    batch = TRIGGERS["stream"].event(found, {"records": [{"payload": {"a": 1}, "key": "k"}, {"payload": "x"}]})
    assert [(record.payload, record.key, record.attempt) for record in batch] == [(b'{"a":1}', "k", 1), (b"x", None, 1)]
    one = TRIGGERS["stream"].event(found, {"payload": "x", "key": "k"})
    assert [TRIGGERS["stream"].label(each) for each in (batch, one)] == ["2 records", "record of k"]


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ("def take(a: list[Record[bytes]], b: Record[bytes]): ...", "use only this parameter"),
        ("def take(a: list[Record[bytes]], b: list[Record[str]]): ...", "use only this parameter"),
    ],
)
def test_what_a_whole_batch_cannot_have_is_refused(tmp_path: Any, lines: str, said: str) -> None:
    head = "from portable import Record, Stream, function\nclicks = Stream('clicks')\n"
    (tmp_path / "shop.py").write_text(f"{head}@function(clicks.records())\n{lines}\n")
    with pytest.raises(DeclarationError, match=said) as caught:
        app_of(tmp_path)
    assert caught.value.where == "shop.py:3"


def test_idempotency_is_for_one_record_at_a_time(tmp_path: Any) -> None:
    (tmp_path / "shop.py").write_text(
        "from portable import Idempotent, Record, Stream, Table, function\n"
        "clicks, seen = Stream('clicks'), Table('seen', key='id')\n"
        "@function(clicks.records(), idempotent=Idempotent(seen))\n"
        "def take(a: list[Record[bytes]]): ...\n"
    )
    with pytest.raises(DeclarationError, match="one record at a time"):
        app_of(tmp_path)


def app_of(folder: Any) -> Any:
    import importlib.util

    spec = importlib.util.spec_from_file_location("shop", folder / "shop.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["shop"] = module
    try:
        spec.loader.exec_module(module)
        return collect("shop", folder, [module])
    finally:
        del sys.modules["shop"]
