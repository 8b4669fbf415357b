"""Keys and passwords: several at once, replaced without a break, compared in constant time."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from unit.eventing.callers import At, Known, asking, refused

from portable import ConfigurationError, HTTPError, Secret, Throttled, Timeout, Unavailable, http
from portable.eventing import auth_keys
from portable.eventing.auth_keys import BasicVerifier, KeyVerifier


def keys(text: str, header: str = "x-api-key") -> tuple[KeyVerifier, Known]:
    drivers = Known(secrets={"shop": text})
    return KeyVerifier(http.api_key(Secret("shop"), header), drivers), drivers  # type: ignore[arg-type]


def users(text: str) -> BasicVerifier:
    return BasicVerifier(http.basic(Secret("users")), Known(secrets={"users": text}))  # type: ignore[arg-type]


def basic(user: str, password: str) -> Any:
    sent = base64.b64encode(f"{user}:{password}".encode()).decode()
    return asking({"authorization": f"Basic {sent}"})


def test_one_key_has_the_name_of_its_secret() -> None:
    check, _ = keys("k-123\n")
    assert check(asking({"X-Api-Key": "k-123"}), At()).subject == "shop"


def test_several_keys_have_names() -> None:
    check, _ = keys("ada: k-1 \r\n\n  bob:k:2\nk-3")
    for key, name in (("k-1", "ada"), ("k:2", "bob"), ("k-3", "shop")):
        assert check(asking({"x-api-key": key}), At()).subject == name


@pytest.mark.parametrize(
    "sent", ["", " ", "k-12", "k-1234", "K-123", "k-123 ", "ada:k-123", "ada", "k-123, k-123", "ключ", "\ud800", "\xff"]
)
def test_anything_but_the_whole_key_is_refused(sent: str) -> None:
    check, _ = keys("ada:k-123")
    error = refused(check, asking({"x-api-key": sent}))
    assert error.headers == {"www-authenticate": 'ApiKey header="x-api-key"'}


def test_a_missing_header_and_two_of_them_are_refused() -> None:
    check, drivers = keys("k-123")
    refused(check, asking({}))
    assert drivers.asked == 0  # nobody can make the vault be read without a key
    refused(check, asking([("x-api-key", "k-123"), ("X-API-KEY", "k-123")]))
    refused(check, asking({"authorization": "k-123"}))


def test_the_header_can_have_another_name() -> None:
    check, _ = keys("k-123", "X-Shop")
    assert check(asking({"x-shop": "k-123"}), At())
    assert refused(check, asking({"x-api-key": "k-123"})).headers == {"www-authenticate": 'ApiKey header="x-shop"'}


def test_a_key_is_replaced_without_a_break() -> None:
    check, drivers = keys("ada:old")
    for text, valid, gone in (("ada:old\nada:new", ("old", "new"), ()), ("ada:new", ("new",), ("old",))):
        drivers.secrets["shop"] = text
        for key in valid:
            assert check(asking({"x-api-key": key}), At()).subject == "ada"
        for key in gone:
            refused(check, asking({"x-api-key": key}))


@pytest.mark.parametrize("text", ["", "  \n ", "ada:", ":key", "ada: ", "schlüssel", "ada:ключ", "a\tb", "k\x00"])
def test_a_secret_that_holds_no_keys_lets_nobody_in(text: str) -> None:
    check, _ = keys(text)
    for sent in ("", " ", "key", "x"):
        with pytest.raises((ConfigurationError, HTTPError)) as caught:
            check(asking({"x-api-key": sent}), At())
        assert "ключ" not in str(caught.value)
        assert "schlüssel" not in str(caught.value)


@pytest.mark.parametrize("error", [Throttled("slow"), Timeout("late"), Unavailable("down")])
def test_a_vault_that_cannot_be_reached_is_503(error: Exception) -> None:
    class Down(Known):
        def secret(self, secret: Any) -> str:
            raise error

    check = KeyVerifier(http.api_key(Secret("shop")), Down())  # type: ignore[arg-type]
    with pytest.raises(HTTPError) as caught:
        check(asking({"x-api-key": "k"}), At())
    assert (caught.value.status, caught.value.headers) == (503, {"retry-after": "10"})


def test_every_key_is_compared_in_constant_time_whatever_was_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    compared: list[tuple[bytes, bytes]] = []
    true = auth_keys.compare_digest

    def counting(one: bytes, other: bytes) -> bool:
        compared.append((one, other))
        return true(one, other)

    monkeypatch.setattr(auth_keys, "compare_digest", counting)
    check, _ = keys("a:k1\nb:k2\nc:k3")
    for sent in ("k1", "k3"):
        check(asking({"x-api-key": sent}), At())
    refused(check, asking({"x-api-key": "k4"}))
    assert [key for key, _ in compared] == [b"k1", b"k2", b"k3"] * 3


def test_a_user_with_the_right_password_gets_in() -> None:
    check = users("ada:pass:word \nzoë:пароль")
    assert check(basic("ada", "pass:word "), At()).subject == "ada"
    assert check(basic("zoë", "пароль"), At()).subject == "zoë"


@pytest.mark.parametrize(
    "sent",
    [
        "",
        "Basic",
        "Basic ",
        "Basic YWRh",
        "Basic YWRhOg==",
        "Basic YWRhOnBhc3M",
        "Basic !!!!",
        "Basic YWRhOnBhc3N3b3Jk, Basic YWRhOnBhc3M=",
        "Bearer YWRhOnBhc3M=",
        "YWRhOnBhc3M=",
        "Basic ключ",
        "Basic \ud800",
    ],
)
def test_another_form_of_password_is_refused(sent: str) -> None:
    error = refused(users("ada:pass"), asking({"authorization": sent}))
    assert error.headers == {"www-authenticate": 'Basic realm="api", charset="UTF-8"'}


def test_user_and_password_belong_together() -> None:
    check = users("ada:one\nbob:two")
    for user, password in (
        ("ada", "two"),
        ("bob", "one"),
        ("", "one"),
        ("ada", ""),
        ("ADA", "one"),
        ("ada", "one\nbob:two"),
    ):
        refused(check, basic(user, password))


@pytest.mark.parametrize("text", ["", "ada", ":pass", "ada:", "ada:one\nbob"])
def test_users_without_passwords_let_nobody_in(text: str) -> None:
    check = users(text)
    for user, password in (("ada", ""), ("", ""), ("ada", "one")):
        with pytest.raises((ConfigurationError, HTTPError)):
            check(basic(user, password), At())
