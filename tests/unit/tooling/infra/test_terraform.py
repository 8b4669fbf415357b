"""Terraform JSON: what a user declared is text there, never code."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portable.tooling.infra.terraform import Document, Expression, escaped, reference


def evaluated(text: str) -> str:
    """Return what Terraform makes of a text in a *.tf.json file that holds no expression."""
    return text.replace("$${", "\0").replace("%%{", "\1").replace("\0", "${").replace("\1", "%{")


@given(st.text(alphabet='$%{}ab\n"\\'))
def test_a_text_arrives_as_it_was_written(text: str) -> None:
    document = Document()
    document.resource("a", "b", value={text: [text]})
    written = json.loads(document.text())["resource"]["a"]["b"]["value"]
    ((name, (value,)),) = written.items()
    assert (evaluated(name), evaluated(value)) == (text, text)


def test_an_expression_is_evaluated() -> None:
    document = Document()
    document.resource("a", "b", value=reference("var.x"), joined=reference("var.x") + "${y}")
    assert json.loads(document.text())["resource"]["a"]["b"] == {"value": "${var.x}", "joined": "${var.x}$${y}"}


def test_the_default_of_a_variable_is_the_one_text_that_is_never_evaluated() -> None:
    document = Document()
    document.block("variable", "greeting", type=Expression("string"))
    document.default("greeting", "${hi}")
    document.block("variable", "region", type=Expression("string"))
    document.default("region", None)
    found = json.loads(document.text())["variable"]
    assert (found["greeting"]["default"], found["region"]["default"]) == ("${hi}", None)


def test_nothing_is_added_twice() -> None:
    document = Document()
    document.resource("a", "b")
    document.data("a", "b")
    with pytest.raises(AssertionError, match=r"a\.b was added twice"):
        document.resource("a", "b")


def test_what_is_none_is_left_out_and_the_address_is_returned() -> None:
    document = Document()
    assert document.resource("a", "b", one=None, two=0) == "a.b"
    assert json.loads(document.text()) == {"resource": {"a": {"b": {"two": 0}}}}


def test_only_the_starts_of_expressions_are_escaped() -> None:
    assert escaped("$x ${y} %{z} $${w}") == "$x $${y} %%{z} $$${w}"
