"""What the pages of resources show is what the resources hold, and what their forms do is done."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from unit.tooling.dev.dashboard.visiting import Visitor, form

from portable.errors import NotFound
from portable.eventing.deadletters import dead_letter
from portable.eventing.message import Message
from portable.eventing.queue import Queue
from portable.eventing.queue_clients import QueueReader, QueueSender
from portable.persistence.clients import TableReadWriter
from portable.storage.clients import BucketReadWriter
from portable.tooling.dev.running import Running

PNG = b"\x89PNG\r\n\x1a\n" + bytes(20)
SALE = {"shop": "ada & co", "number": 3, "at": "2026-01-31T12:00:00Z", "price": 2.5}
SALE_AT = datetime(2026, 1, 31, tzinfo=UTC)


def store(engine: Running) -> BucketReadWriter:
    return BucketReadWriter(engine.resource("bucket", "files"), engine.drivers)


def rows(engine: Running, name: str) -> TableReadWriter[Any]:
    return TableReadWriter(engine.resource("table", name), engine.drivers)


def emptied(engine: Running, name: str) -> Queue:
    queue = engine.resource("queue", name)
    for each in (queue, queue.dead_letters):
        driver = engine.drivers.of(each)
        while taken := driver.receive(10, 1.0):
            driver.acknowledge([received.receipt for received in taken])
    return queue  # type: ignore[no-any-return]


def test_a_bucket_is_browsed_by_folder_and_by_prefix(visitor: Visitor, engine: Running) -> None:
    for key in ("b/one.txt", "b/deep/two.txt", "b/ünï &.txt"):
        store(engine).put(key, b"x")
    top = visitor.get("/resources/bucket/files")
    assert "/_portable/resources/bucket/files?prefix=b%2F" in top.links
    inside = visitor.get("/resources/bucket/files?prefix=b%2F")
    assert "deep/" in inside.words
    assert "two.txt" not in inside.words
    assert (
        visitor.get(next(link for link in inside.links if "%C3%BCn" in link).removeprefix("/_portable")).status == 200
    )
    flat = visitor.get("/resources/bucket/files?prefix=b%2F&flat=1")
    assert "deep/two.txt" in flat.words


def test_a_long_bucket_is_read_page_by_page(visitor: Visitor, engine: Running) -> None:
    for number in range(101):
        store(engine).put(f"many/{number:03}", b"")
    page = visitor.get("/resources/bucket/files?prefix=many%2F")
    assert "099" in page.words
    [more] = [link for link in page.links if "page=" in link]
    after = visitor.get(more.removeprefix("/_portable"))
    assert "100" in after.words
    assert "099" not in after.words


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b'{"a":1}', '{ "a": 1 }'),
        (b"hello <b>", "hello <b>"),
        (b"", "The object is empty"),
        (b"\xff\xfe\x00", "No preview"),
        ("é".encode() * 40_000, "The first 65.5 kB"),
    ],
)
def test_an_object_is_shown_by_what_it_is(visitor: Visitor, engine: Running, content: bytes, said: str) -> None:
    store(engine).put("shown/it", content, metadata={"who": "ada"})
    page = visitor.get("/resources/bucket/files/object?key=shown%2Fit")
    assert said in page.words
    assert "who ada" in page.words


def test_a_picture_is_shown_as_one(visitor: Visitor, engine: Running) -> None:
    store(engine).put("shown/a.png", PNG)
    assert "<img" in visitor.get("/resources/bucket/files/object?key=shown%2Fa.png").text
    found = visitor.get("/resources/bucket/files/picture?key=shown%2Fa.png")
    assert (found.headers["content-type"], found.body) == ("image/png", PNG)


def test_a_file_is_uploaded_under_its_name_and_deleted(visitor: Visitor, engine: Running) -> None:
    answer = visitor.upload("/resources/bucket/files/do/upload", {"prefix": "up/", "key": ""}, "a.bin", b"\x00\r\n\xff")
    assert "up/a.bin was stored." in visitor.follow(answer).words
    assert store(engine).get("up/a.bin") == b"\x00\r\n\xff"
    path, fields = form(visitor.get("/resources/bucket/files/object?key=up%2Fa.bin"), "/do/delete")
    assert "up/a.bin was deleted." in visitor.follow(visitor.post(path, fields)).words
    with pytest.raises(NotFound):
        store(engine).head("up/a.bin")


def test_after_an_upload_its_folder_is_shown(visitor: Visitor) -> None:
    answer = visitor.upload("/resources/bucket/files/do/upload", {"prefix": "", "key": "deep/er/a.txt"}, "a.txt", b"x")
    assert answer.headers["location"].startswith("/_portable/resources/bucket/files?prefix=deep%2Fer%2F&")


def test_an_uploaded_object_fires_the_functions_of_its_bucket(visitor: Visitor, engine: Running) -> None:
    visitor.upload("/resources/bucket/files/do/upload", {"key": "in/new.txt"}, "new.txt", b"x")
    queue = engine.drivers.of(Queue("arrived"))
    assert any(b"in/new.txt" in message.payload for message in queue.peek(100))


def test_a_row_is_put_seen_edited_and_deleted(visitor: Visitor, engine: Running) -> None:
    path, fields = form(visitor.get("/resources/table/sales/row"), "/do/put")
    assert json.loads(fields["row"])["state"] == "open"
    assert "The row was saved." in visitor.follow(visitor.post(path, {**fields, "row": json.dumps(SALE)})).words
    listed = visitor.get("/resources/table/sales?key=ada+%26+co")
    assert "2.5" in listed.words
    [row] = [link for link in listed.links if "sort=3" in link]
    path, fields = form(visitor.get(row.removeprefix("/_portable")), "/do/put")
    changed = fields["row"].replace("2.5", "4.5")
    assert "The row was saved." in visitor.follow(visitor.post(path, {**fields, "row": changed})).words
    assert rows(engine, "sales").get("ada & co", 3).price == 4.5
    stale = visitor.post(path, {**fields, "row": changed})
    assert stale.status == 400
    assert "has changed since" in stale.words
    path, fields = form(visitor.get(row.removeprefix("/_portable")), "/do/delete")
    assert "The row was deleted." in visitor.follow(visitor.post(path, fields)).words
    assert visitor.get(row.removeprefix("/_portable")).status == 404


@pytest.mark.parametrize("text", ["{", '{"shop": "a"}', '{"shop": 1, "number": 1, "at": "x", "price": 1}'])
def test_a_row_that_does_not_fit_is_not_saved(visitor: Visitor, text: str) -> None:
    answer = visitor.post("/resources/table/sales/do/put", {"row": text})
    assert answer.status == 400
    assert "body" in answer.words or "JSON" in answer.words
    assert form(answer, "/do/put")[1]["row"] == text, "what was typed is still there"


def test_a_new_row_replaces_no_other(visitor: Visitor, engine: Running) -> None:
    rows(engine, "notes").put({"id": "taken", "text": "mine"})
    assert visitor.post("/resources/table/notes/do/put", {"row": '{"id": "taken"}'}).status == 400
    assert rows(engine, "notes").get("taken")["text"] == "mine"


def test_rows_are_filtered_by_a_field_and_found_by_an_index(visitor: Visitor, engine: Running) -> None:
    from market import Sale  # type: ignore[import-not-found]  # loaded with the app

    for number in (1, 2):
        rows(engine, "sales").put(Sale("filtered", number, SALE_AT, number, "paid" if number == 2 else "open"))
    said = visitor.get("/resources/table/sales?key=filtered&field=price&operator=%3E&value=1").words
    assert "paid" in said.partition("price state")[2]
    assert "open" not in said.partition("price state")[2].partition("tags")[2].partition("portable dev")[0]
    assert "filtered" in visitor.get("/resources/table/sales?index=by-state&key=paid").words
    assert visitor.get("/resources/table/sales?field=price&operator=like&value=1").status == 400


def test_a_row_that_does_not_fit_its_type_is_seen(visitor: Visitor, engine: Running) -> None:
    from portable.tooling.dev.stored.rows import Rows

    plain: TableReadWriter[Any] = TableReadWriter(Rows(engine.resource("table", "sales")).plain, engine.drivers)
    plain.put({"shop": "old", "number": 1, "odd": "one"})
    assert "odd" in visitor.get("/resources/table/sales/row?key=old&sort=1").text
    assert visitor.get("/resources/table/sales?key=old").status == 200


def test_messages_are_sent_seen_and_deleted(visitor: Visitor, engine: Running) -> None:
    queue = emptied(engine, "jobs")
    fields = {"payload": '{"what": "<b>"}', "attributes": "who=ada\nwhy = none"}
    page = visitor.follow(visitor.post("/resources/queue/jobs/do/send", fields))
    assert '"what": "<b>"' in page.words
    assert "who ada" in page.words
    assert "1 message" in visitor.get("/resources").words
    path, sent = form(page, "/do/purge")
    assert "1 message deleted." in visitor.follow(visitor.post(path, sent)).words
    assert QueueReader(queue, engine.drivers).count() == 0


@pytest.mark.parametrize("fields", [{"attributes": "no mark"}, {"delay": "5"}, {"delay": "x"}, {"group": "g"}])
def test_a_message_that_cannot_be_sent_is_refused(visitor: Visitor, fields: dict[str, str]) -> None:
    assert visitor.post("/resources/queue/jobs/do/send", {"payload": "x", **fields}).status == 400


def test_dead_letters_are_seen_with_their_error_and_sent_back(visitor: Visitor, engine: Running) -> None:
    queue = emptied(engine, "jobs")
    driver = engine.drivers.of(queue.dead_letters)
    driver.send(dead_letter(Message("m-1", b"{}", 2, {}, SALE_AT, None), 2, RuntimeError("it <fell>")))
    page = visitor.get("/resources/queue/jobs")
    assert "Dead letters 1" in page.words
    assert "failed at 2 attempts RuntimeError: it <fell>" in page.words
    assert "whose page sends them back" in visitor.get("/resources/queue/jobs-poison").words
    path, fields = form(page, "/do/redrive")
    assert "1 dead letter went back to jobs." in visitor.follow(visitor.post(path, fields)).words
    assert (driver.count(), QueueReader(queue, engine.drivers).count()) == (0, 1)


def test_dead_letters_alone_are_deleted(visitor: Visitor, engine: Running) -> None:
    queue = emptied(engine, "jobs")
    QueueSender(queue, engine.drivers).send("alive")
    QueueSender(queue.dead_letters, engine.drivers).send("dead")
    page = visitor.follow(visitor.post("/resources/queue/jobs/do/purge", {"dead": "1"}))
    assert "1 dead letter deleted." in page.words
    assert QueueReader(queue, engine.drivers).count() == 1


@pytest.mark.parametrize(
    ("path", "payload", "attributes"),
    [
        ("/resources/queue/jobs", {"what": "", "times": 1}, ""),
        ("/resources/topic/news", {}, "kind=sold"),
        ("/resources/stream/clicks", {}, ""),
    ],
)
def test_a_form_that_sends_begins_with_what_the_first_reader_takes(
    visitor: Visitor, path: str, payload: dict[str, Any], attributes: str
) -> None:
    _, fields = form(visitor.get(path), "/do/publish" if "topic" in path else "/do/send")
    assert json.loads(fields["payload"]) == payload
    assert fields["attributes"] == attributes


def test_a_topic_tells_who_gets_its_messages_and_publishes(visitor: Visitor, engine: Running) -> None:
    page = visitor.follow(
        visitor.post("/resources/topic/news/do/publish", {"payload": "{}", "attributes": "kind=sold"})
    )
    assert "was published." in page.words
    assert "hear kind=sold" in page.words
    waiting = engine.drivers.of(Queue("hear")).peek(100)
    assert any(message.payload == b"{}" for message in waiting)
    made = engine.fire("sell", {"method": "POST", "path": "/sales", "body": {**SALE, "number": 9}})
    assert f"/_portable/invocations/{made}" in visitor.get("/resources/topic/news").links


def test_a_record_is_written_to_a_stream(visitor: Visitor, engine: Running) -> None:
    page = visitor.follow(visitor.post("/resources/stream/clicks/do/send", {"payload": '{"a": 1}', "key": "k"}))
    assert "was written." in page.words
    assert any(message.payload == b'{"a": 1}' for message in engine.drivers.of(Queue("click")).peek(100))


def test_a_secret_is_masked_and_a_setting_is_shown(visitor: Visitor) -> None:
    assert "set" in visitor.get("/resources/secret/market-key").words
    assert "Value red Default red" in visitor.get("/resources/setting/colour").words


def test_a_row_with_a_secret_keeps_it_when_it_is_edited(visitor: Visitor, engine: Running) -> None:
    from unit.tooling.dev.dashboard.market_here import SECRET

    rows(engine, "notes").put({"id": "with-secret", "text": f"the key is {SECRET}", "list": ["a", SECRET], "n": 1})
    page = visitor.get("/resources/table/notes/row?key=with-secret")
    assert SECRET not in page.text
    path, fields = form(page, "/do/put")
    edited = {**fields, "row": fields["row"].replace('"n": 1', '"n": 2')}
    assert "The row was saved." in visitor.follow(visitor.post(path, edited)).words
    kept = {"id": "with-secret", "text": f"the key is {SECRET}", "list": ["a", SECRET], "n": 2}
    assert rows(engine, "notes").get("with-secret") == kept
    _, fields = form(visitor.get("/resources/table/notes/row?key=with-secret"), "/do/put")
    for wrong in (
        {**fields, "row": fields["row"].replace("the key is", "it is")},
        {**fields, "row": fields["row"].replace('"with-secret"', '"another"')},
        {**fields, "row": fields["row"].replace('"text"', '"other"')},
        {"row": '{"id": "new", "text": "***"}'},
    ):
        answer = visitor.post(path, wrong)
        assert answer.status == 400
        assert "Write the value itself" in answer.words
    assert rows(engine, "notes").get("with-secret") == kept
