"""A Set-Cookie value as the worker reads it and the host writes it."""

from __future__ import annotations

from http.cookies import SimpleCookie

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portable.eventing.urls import quote
from portable_azure.runtime.cookies import host_value, readable


def read(written: str) -> dict[str, str]:
    return {name: morsel.value for name, morsel in SimpleCookie(written).items()}


@given(st.text(st.characters(min_codepoint=32, max_codepoint=0x2FFF, exclude_characters=';"'), max_size=20))
def test_no_value_is_lost_on_the_way_to_the_host(value: str) -> None:
    value = value.strip()
    found = read(readable(f"name={value}; Path=/; HttpOnly"))["name"]
    assert found == value or host_value(found) == value


@given(st.text(max_size=12).filter(lambda text: text.isprintable()))
def test_a_percent_encoded_value_reaches_the_client_as_it_was_set(value: str) -> None:
    assert host_value(read(readable(f"name={quote(value)}"))["name"]) == quote(value)


def test_a_quoted_value_loses_its_quotes_only() -> None:
    assert read(readable('name="a b"')) == {"name": "a b"}


@pytest.mark.parametrize(
    "expires", ["Thu, 01 Jan 1970 00:00:00 GMT", "Thu, 01-Jan-1970 00:00:00 GMT", "Thu, 01 Jan 1970 01:00:00 +0100"]
)
def test_an_expiry_has_the_one_form_the_worker_reads(expires: str) -> None:
    assert "Expires=Thu, 01 Jan 1970 00:00:00 GMT" in readable(f"name=1; Expires={expires}")


def test_an_attribute_the_host_does_not_carry_is_left_out() -> None:
    assert readable("name=1; Partitioned; Secure; Priority=High") == "name=1; Secure"


@pytest.mark.parametrize("cookie", ["novalue", "=x", "path=x", "na me=x", "expires=1"])
def test_a_cookie_the_worker_would_lose_is_refused(cookie: str) -> None:
    with pytest.raises(ValueError, match=r"[Cc]ookie"):
        readable(cookie)
