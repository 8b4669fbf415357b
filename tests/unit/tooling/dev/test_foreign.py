"""Who is not foreign: this machine's own names, and its own pages."""

from __future__ import annotations

import pytest

from portable.tooling.dev.foreign import is_own, refusal


def scope(method: str = "GET", **headers: str) -> dict[str, object]:
    given = {"host": "localhost:8000", **{name.replace("_", "-"): value for name, value in headers.items()}}
    return {"method": method, "headers": [(name.encode(), value.encode()) for name, value in given.items() if value]}


@pytest.mark.parametrize(
    "host",
    [
        "localhost",
        "LOCALHOST:8000",
        "127.0.0.1",
        "127.0.0.1:1",
        "127.1.2.3:80",
        "[::1]",
        "[::1]:8000",
        "app.localhost:80",
    ],
)
def test_the_names_of_this_machine_are_served(host: str) -> None:
    assert is_own(host)


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "localhost.evil.example",
        "evil-localhost",
        "127.0.0.1.evil.example",
        "192.168.1.2:8000",
        "0.0.0.0:8000",
        "[::2]",
        "[::1",
        "[::1]x",
        "localhost:80:80",
        "localhost:x",
        "localhost@evil.example",
        "",
        "2130706433",
    ],
)
def test_any_other_name_is_refused(host: str) -> None:
    assert not is_own(host)


def test_a_name_that_was_given_on_purpose_is_served() -> None:
    assert is_own("Laptop.lan:8000", ["laptop.lan"])
    assert not is_own("laptop.lan.evil.example", ["laptop.lan"])


@pytest.mark.parametrize(
    "headers",
    [
        {"host": "evil.example"},
        {"host": ""},
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"origin": "http://localhost:3000"},
        {"origin": "ftp://localhost:8000"},
        {"sec_fetch_site": "cross-site", "sec_fetch_mode": "no-cors"},
        {"sec_fetch_site": "same-site", "sec_fetch_mode": "cors"},
    ],
)
def test_what_a_foreign_page_sends_is_refused(headers: dict[str, str]) -> None:
    assert refusal(scope(**headers), "the page") is not None


def test_two_hosts_are_refused() -> None:
    twice = scope()
    twice["headers"] = [(b"host", b"localhost"), (b"host", b"evil.example")]
    assert refusal(twice, "the page") is not None


def test_a_link_of_another_site_may_be_followed_but_a_form_of_it_is_refused() -> None:
    followed = {"sec_fetch_site": "cross-site", "sec_fetch_mode": "navigate"}
    assert refusal(scope(**followed), "the page") is None
    assert refusal(scope("POST", **followed), "the page") is not None


@pytest.mark.parametrize("headers", [{}, {"origin": "http://localhost:8000"}, {"sec_fetch_site": "same-origin"}])
def test_our_own_pages_and_programs_without_a_browser_are_answered(headers: dict[str, str]) -> None:
    assert refusal(scope("POST", **headers), "the page") is None
