"""Addresses and settings that cannot be are told in words."""

from __future__ import annotations

import pytest
from unit.tooling.dev.dashboard.visiting import Visitor

from portable.settings.dotenv import FILE
from portable.storage.clients import BucketReadWriter
from portable.tooling.dev.running import Running


@pytest.mark.parametrize("address", ["table/sales?page=abc", "table/sales?key=a&page=-1", "bucket/files?page=abc"])
def test_a_page_of_a_list_that_is_not_there_is_told_and_the_first_one_shown(
    visitor: Visitor, engine: Running, address: str
) -> None:
    BucketReadWriter(engine.resource("bucket", "files"), engine.drivers).put("first/of all", b"")
    found = visitor.get(f"/resources/{address}")
    assert found.status == 400
    assert "the address names a page that this list does not have, so this is its first one" in found.words
    assert "This is not possible" not in found.words
    if address.startswith("bucket"):
        assert "first/" in found.words


def test_a_key_that_cannot_be_is_told_in_words(visitor: Visitor) -> None:
    said = "the key '../x' cannot be used: a key has at least one character, and no part of it"
    assert said in visitor.get("/resources/bucket/files/object?key=..%2Fx").words
    refused = visitor.upload("/resources/bucket/files/do/upload", {"prefix": "", "key": "../x"}, "a.txt", b"x")
    assert said in refused.words


def test_settings_that_cannot_be_read_are_told_on_every_page(visitor: Visitor, engine: Running) -> None:
    file = engine.settings.project / FILE
    before = file.read_text()
    well = visitor.get("/").text
    try:
        file.write_text(f"{before}no form of a line\n")
        for page in ("/", "/resources", "/resources/secret/market-key", "/invocations"):
            found = visitor.get(page)
            assert f"{FILE}:{len(before.splitlines()) + 1}: this line must have the form NAME=value" in found.words
            assert "The values that were read before stay" in found.words
            assert found.status == 200
            assert f'data-state="{visitor_state(well)}"' not in found.text  # so a page that is open shows it at once
    finally:
        file.write_text(before)
    after = visitor.get("/").text
    assert "cannot be read" not in after
    assert visitor_state(well) == visitor_state(after)


def visitor_state(page: str) -> str:
    return page.partition('data-state="')[2].partition('"')[0]
