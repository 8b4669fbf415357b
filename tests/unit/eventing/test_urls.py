"""Percent-decoding says what the standard library says."""

from __future__ import annotations

from urllib.parse import parse_qsl
from urllib.parse import quote as standard_quote
from urllib.parse import unquote as standard_unquote

from hypothesis import example, given
from hypothesis import strategies as st

from portable.eventing.urls import encode_query, parse_query, quote, unquote

TEXT = st.text(alphabet=st.one_of(st.sampled_from("%&=+;/ aZ09éß€𝄞_-.~"), st.characters(exclude_categories=["Cs"])))
ESCAPES = st.lists(st.one_of(TEXT, st.binary(max_size=4).map(lambda raw: "".join(f"%{byte:02x}" for byte in raw)))).map(
    "".join
)


@given(ESCAPES)
@example("%")
@example("%4")
@example("%zz%4 1%+1%")
@example("%C3é%A9")
@example("é%c3%a9%ff")
def test_unquote_is_the_standard_librarys(text: str) -> None:
    assert unquote(text) == standard_unquote(text)


@given(ESCAPES)
@example("a=1&a=&a&&=x&=&b=c=d;e=f")
def test_parse_query_is_parse_qsl_with_blank_values_kept(text: str) -> None:
    assert parse_query(text) == parse_qsl(text, keep_blank_values=True)


@given(TEXT)
def test_quote_is_the_standard_librarys_with_nothing_safe(text: str) -> None:
    assert quote(text) == standard_quote(text, safe="")


@given(st.lists(st.tuples(TEXT, TEXT)))
def test_a_query_survives_the_wire(pairs: list[tuple[str, str]]) -> None:
    assert parse_query(encode_query(pairs)) == pairs
