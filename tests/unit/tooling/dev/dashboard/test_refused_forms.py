"""What a form of a resource refuses stays in the form, and what another tab has changed is not written over."""

from __future__ import annotations

import json

import pytest
from unit.tooling.dev.dashboard.visiting import Visitor, form

from portable.persistence.clients import TableReadWriter
from portable.storage.clients import BucketReadWriter
from portable.tooling.dev.running import Running


@pytest.mark.parametrize(("kind", "name", "action"), [("queue", "jobs", "send"), ("topic", "news", "publish")])
def test_a_message_that_is_refused_stays_in_its_form(visitor: Visitor, kind: str, name: str, action: str) -> None:
    typed = {"payload": '{"what": 1}', "attributes": "no value", "delay": "5"}
    answer = visitor.post(f"/resources/{kind}/{name}/do/{action}", typed)
    assert answer.status == 400
    assert "'no value' must have the form name=value" in answer.words
    fields = form(answer, f"/do/{action}")[1]
    assert fields == {key: typed[key] for key in fields}


def test_an_upload_that_is_refused_stays_in_its_form(visitor: Visitor, engine: Running) -> None:
    BucketReadWriter(engine.resource("bucket", "files"), engine.drivers).put("kept/a.bin", b"mine")
    fields = {"prefix": "kept/", "key": "kept/a.bin"}
    refused = visitor.upload("/resources/bucket/files/do/upload", fields, "other.bin", b"x")
    assert refused.status == 400
    assert "there is an object kept/a.bin already" in refused.words
    assert fields.items() <= form(refused, "/do/upload")[1].items()
    assert BucketReadWriter(engine.resource("bucket", "files"), engine.drivers).get("kept/a.bin") == b"mine"


def test_a_row_that_another_tab_has_changed_is_neither_saved_nor_deleted(visitor: Visitor, engine: Running) -> None:
    from unit.tooling.dev.dashboard.market_here import SECRET

    notes = TableReadWriter(engine.resource("table", "notes"), engine.drivers)
    notes.put({"id": "tabs", "text": "first", "list": [1]})
    one = form(visitor.get("/resources/table/notes/row?key=tabs"), "/do/put")
    deleting = form(visitor.get("/resources/table/notes/row?key=tabs"), "/do/delete")
    other = {**one[1], "row": one[1]["row"].replace("first", json.dumps(SECRET)[1:-1])}
    assert visitor.post(one[0], other).status == 303
    for path, fields in (one, deleting):
        answer = visitor.post(path, fields)
        assert answer.status == 400
        assert "has changed since this page was loaded" in answer.words
    assert notes.get("tabs")["text"] == SECRET
    _, fields = form(visitor.get("/resources/table/notes/row?key=tabs"), "/do/put")
    notes.put({"id": "tabs", "text": f"{SECRET[:-1]}!", "list": [1]})
    assert visitor.post(one[0], fields).status == 400
    notes.delete("tabs")
    assert "was deleted since" in visitor.post(one[0], fields).words


def test_an_object_that_another_tab_has_changed_is_neither_replaced_nor_deleted(visitor: Visitor) -> None:
    upload = "/resources/bucket/files/do/upload"
    assert visitor.upload(upload, {"key": "tabs/a"}, "a", b"one").status == 303
    answer = visitor.upload(upload, {"key": "tabs/a"}, "a", b"two")
    assert answer.status == 400
    assert "there is an object tabs/a already" in answer.words
    page = visitor.get("/resources/bucket/files/object?key=tabs%2Fa")
    _, replacing = form(page, "/do/upload")
    path, deleting = form(page, "/do/delete")
    assert visitor.upload(upload, {"key": "tabs/a", "replace": "1"}, "a", b"three").status == 303
    for answer in (visitor.upload(upload, replacing, "a", b"four"), visitor.post(path, deleting)):
        assert answer.status == 400
        assert "has changed since this page was loaded" in answer.words
        assert "Preview three" in answer.words, "as it is now"
    _, replacing = form(visitor.get("/resources/bucket/files/object?key=tabs%2Fa"), "/do/upload")
    assert visitor.upload(upload, replacing, "a", b"five").status == 303
    assert "five" in visitor.get("/resources/bucket/files/object?key=tabs%2Fa").words
