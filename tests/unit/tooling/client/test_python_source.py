"""The Python client: it is valid for a type checker, and it sends what the API takes."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import pytest
from architecture.tracked import ROOT
from unit.tooling.client.served_api import api

from portable.tooling.client.python_source import source

GOLDEN = ROOT / "tests" / "golden" / "clients" / "shop_client.py"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Any, ModuleType, str]]:
    """Give a client of a served API, its module and its source."""
    with api(tmp_path_factory.mktemp("api")) as (url, document):
        text = source(document)
        module = ModuleType("shop_client")
        sys.modules["shop_client"] = module
        exec(compile(text, "shop_client.py", "exec"), module.__dict__)
        yield module.Client(url, {"x-agent": "tests"}), module, text
        del sys.modules["shop_client"]


def test_every_place_of_a_parameter(made: tuple[Any, ModuleType, str]) -> None:
    client, _, _ = made
    assert client.show("a/b ö%2F", colour="blue", tag=["x&y", "z"], dry=True, session="s1") == {
        "id": "a/b ö%2F",
        "colour": "blue",
        "tag": ["x&y", "z"],
        "dry": True,
        "agent": "tests",
        "session": "s1",
    }
    assert client.show("a", x_agent="own")["agent"] == "own"


def test_bodies_and_answers_of_each_form(made: tuple[Any, ModuleType, str]) -> None:
    client, _, _ = made
    order = {"id": "1", "lines": [{"sku": "tea", "count": 2}], "x-kind": "blue"}
    assert client.create(order) == order
    assert client.numbers([1, 2]) == [1, 2]
    assert client.numbers() is None
    assert client.store("a/b c.txt", b"\x00\xff") == "a/b c.txt 2"
    assert client.class_(default=7) == b"\x07"
    assert client.remove(3) is None
    assert client.text("abcä") == "äcba"


def test_forms_and_their_files(made: tuple[Any, ModuleType, str]) -> None:
    client, module, _ = made
    photo = ('a "b".png', b"\x00\r\n\xff", "image/png")
    assert client.sign_up({"name": "Zoë", "tags": ["a", "b"], "photo": photo}) == [
        "Zoë",
        ["a", "b"],
        *photo[::2][:1],
        "image/png",
        4,
    ]
    assert client.note({"title": "x", "done": True}) == ["x", True]
    with pytest.raises(module.ApiError) as wrong:
        client.note({})
    assert wrong.value.at == "body.title"


def test_an_error_says_its_status_and_place(made: tuple[Any, ModuleType, str]) -> None:
    client, module, _ = made
    with pytest.raises(module.ApiError, match="404: it is gone") as gone:
        client.show("gone")
    assert (gone.value.status, gone.value.detail, gone.value.at) == (404, "it is gone", None)
    assert gone.value.retry_after == 12
    with pytest.raises(module.ApiError) as wrong:
        client.create({"id": 1})
    assert (wrong.value.status, wrong.value.at, wrong.value.retry_after) == (400, "body.id", None)


def test_a_server_that_is_not_there(made: tuple[Any, ModuleType, str]) -> None:
    _, module, _ = made
    with pytest.raises(OSError, match="refused"):
        module.Client("http://127.0.0.1:9").show("a")


def test_it_is_the_golden_file_which_mypy_reads(made: tuple[Any, ModuleType, str]) -> None:
    assert made[2] == GOLDEN.read_text("utf-8")


def test_texts_and_names_of_any_kind_are_valid() -> None:
    document: dict[str, Any] = {
        "info": {"title": 'a """ b\\', "version": "1"},
        "components": {"schemas": {"1st.Thing": {"type": "object", "properties": {"a b": {"type": "null"}}}}},
        "paths": {"/x": {"get": {"operationId": "1-x", "summary": '"""\\ or "', "responses": {"204": {}}}}},
    }
    text = source(document)
    compile(text, "client.py", "exec")
    assert '_1st_Thing = TypedDict("_1st_Thing", {' in text
    assert "def _1_x(self) -> None:" in text
