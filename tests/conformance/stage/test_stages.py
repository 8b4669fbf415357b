"""The commands over an app's data work on a stage of each cloud: the same commands, through the drivers of the adapter."""

from __future__ import annotations

import json
from pathlib import Path

from conformance.stage.conftest import Place, Portable
from conformance.stage.places import SECRET

from portable.eventing.deadletters import dead_letter
from portable.eventing.message import Message
from portable.eventing.queue import Queue
from portable.eventing.queue_clients import QueueSender


def test_an_object_is_put_listed_printed_and_removed(portable: Portable, place: Place, tmp_path: Path) -> None:
    (tmp_path / "a.json").write_bytes(b'{"a": 1}')
    put = portable(f"bucket files put own/a.json {tmp_path / 'a.json'} --yes")
    assert put.out == f"own/a.json was stored (8 bytes) in the stage prod on {place.target}\n"
    assert portable("bucket files ls --prefix own/").out == "8 bytes  own/a.json\n"
    assert portable("bucket files cat own/a.json").out == '{"a": 1}'
    assert portable("bucket files rm own/a.json --yes --json").lines == [{"key": "own/a.json", "deleted": True}]
    assert portable("bucket files cat own/a.json").err == 'portable: bucket "files" has no "own/a.json"\n'


def test_a_row_keeps_its_bytes_and_moments_and_shows_no_secret_of_the_stage(portable: Portable, place: Place) -> None:
    row = {"id": "n", "at": {"$at": "2026-01-31T12:00:00+00:00"}, "data": {"$base64": "AAE="}, "n": 3}
    put = portable("table notes put {row} --yes", row=json.dumps({**row, "text": f"it is {SECRET}"}))
    assert put.out == f"The row was put into notes in the stage prod on {place.target}\n"
    assert portable("table notes query --where 'n > 2' --json").lines == [{**row, "text": "it is ***"}]
    assert "already" in portable("table notes put {row} --new --yes", row=json.dumps(row)).err
    assert "The row was deleted" in portable("table notes delete n --yes").out
    assert "has no row 'n'" in portable("table notes get n").err


def test_dead_letters_are_seen_and_sent_back(portable: Portable, place: Place) -> None:
    with place.opened() as stored:
        letter = dead_letter(Message("m-1", b'{"what": "impossible"}', attempt=2), 2, RuntimeError("cannot be done"))
        stored.drivers.of(Queue("jobs").dead_letters).send(letter)
    [peeked] = portable("queue jobs peek --dead --json").lines
    seen = {name: peeked[name] for name in ("payload", "attempts", "error")}
    assert seen == {"payload": '{"what": "impossible"}', "attempts": 2, "error": "RuntimeError: cannot be done"}
    moved = portable("queue jobs redrive --yes")
    assert moved.out == f"1 dead letter went back to jobs in the stage prod on {place.target}\n"
    with place.opened() as stored:
        assert stored.drivers.of(Queue("jobs").dead_letters).receive(10, 30) == []
        [received] = stored.drivers.of(Queue("jobs")).receive(10, 30)
        stored.drivers.of(Queue("jobs")).acknowledge([received.receipt])
    assert (received.message.id, received.message.payload) == ("m-1", b'{"what": "impossible"}')


def test_what_a_look_at_a_queue_does_there_is_said_and_it_is_emptied(portable: Portable, place: Place) -> None:
    with place.opened() as stored:
        QueueSender(Queue("jobs"), stored.drivers).send({"what": "a look"})
    looked = portable("queue jobs peek --yes")
    if place.target == "gcp":
        assert "Pub/Sub pushes them to the function work, and nobody else can take them" in looked.err
    else:
        assert "a look" in looked.out
        assert f"1 message in jobs in the stage prod on {place.target}\nnote: " in looked.err
    emptied = portable("queue jobs purge --yes")
    count = "all messages" if place.target == "gcp" else "1 message"
    assert emptied.out == f"{count} of jobs deleted in the stage prod on {place.target}\n"
    with place.opened() as stored:
        assert stored.drivers.of(Queue("jobs")).receive(10, 30) == []
