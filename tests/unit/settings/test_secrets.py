"""Secrets and settings: cached, never logged, and the local file."""

from __future__ import annotations

import io
import json
import logging
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote, quote_plus

import pytest

from portable.base.log_lines import Shape
from portable.base.logs import JsonFormatter
from portable.errors import ConfigurationError, DeclarationError, PermissionDenied, Throttled, Unavailable
from portable.settings.cache import SecretCache
from portable.settings.dotenv import look_up, parse, read
from portable.settings.redaction import Redactor, hidden_values
from portable.settings.secret import Secret
from portable.settings.setting import Setting, read_setting


class Vault:
    def __init__(self) -> None:
        self.values = {"token": "first-value"}
        self.reads = 0
        self.error: Exception | None = None
        self.now = 0.0

    def __call__(self, address: str) -> str:
        self.reads += 1
        if self.error is not None:
            raise self.error
        return self.values[address]


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonFormatter(Shape))
    root = logging.getLogger()
    formatters = [(other, other.formatter) for other in root.handlers]
    root.addHandler(handler)
    yield stream
    root.removeHandler(handler)
    for other, formatter in formatters:
        other.setFormatter(formatter)


def test_a_secret_is_read_once_and_again_after_its_time_to_live(log: io.StringIO) -> None:
    vault = Vault()
    cache = SecretCache(vault, 300, lambda: vault.now)
    assert [cache.get("token") for _ in range(3)] == ["first-value"] * 3
    vault.values["token"] = "second-value"
    vault.now = 299
    assert (cache.get("token"), vault.reads) == ("first-value", 1)
    vault.now = 300
    assert (cache.get("token"), vault.reads) == ("second-value", 2)
    cache.forget()
    cache.get("token")
    assert vault.reads == 3


def test_an_old_value_serves_while_the_vault_is_away(log: io.StringIO) -> None:
    vault = Vault()
    cache = SecretCache(vault, 300, lambda: vault.now)
    vault.error = Unavailable("down")
    with pytest.raises(Unavailable):
        cache.get("token")
    vault.error = None
    cache.get("token")
    vault.now, vault.error = 301, Throttled("slow down")
    assert cache.get("token") == "first-value"
    assert "could not be read again" in log.getvalue()
    vault.now, vault.error = 900, PermissionDenied("revoked")
    with pytest.raises(PermissionDenied):
        cache.get("token")


def test_a_value_that_was_read_is_in_no_log_line(log: io.StringIO) -> None:
    vault = Vault()
    value = 'tökén "quoted"\nof two lines'
    vault.values["token"] = value
    cache = SecretCache(vault)
    cache.get("token")
    logger = logging.getLogger("app")
    logger.warning("the token is %s", value)
    logger.warning("in a dict: %s", {"token": value})
    logger.warning("extra", extra={"token": value})
    try:
        raise RuntimeError(f"cannot sign in with {value}")
    except RuntimeError:
        logger.exception("failed")
    written = log.getvalue()
    assert "tök" not in written
    assert "t\\u00f6k" not in written
    assert "two lines" not in written
    assert written.count("***") >= 4
    assert all(json.loads(line) for line in written.splitlines())
    assert value not in repr(cache)


def test_a_value_is_hidden_in_urls_forms_and_base64_too(log: io.StringIO) -> None:
    vault = Vault()
    value = "p@ss/wörd +1"
    vault.values["token"] = value
    SecretCache(vault).get("token")
    written = {quote(value), quote(value, safe=""), quote_plus(value), b64encode(value.encode()).decode()}
    for form in written:
        logging.getLogger("app").warning("connecting to https://ada:%s@db.example", form)
    assert not any(form in log.getvalue() for form in written)
    assert log.getvalue().count("***") == len(written)


KEYS = "acme:5f3c0c9f2a\nglobex: b81e77d0c4 \nno:abc"


def sent(user: str, password: str) -> str:
    return "authorization: Basic " + b64encode(f"{user}:{password}".encode()).decode()


@pytest.mark.parametrize("given", ["5f3c0c9f2a", "b81e77d0c4", "acme:5f3c0c9f2a", quote("acme:5f3c0c9f2a", safe="")])
def test_each_line_and_each_key_of_a_secret_is_hidden(log: io.StringIO, given: str) -> None:
    vault = Vault()
    vault.values["token"] = KEYS
    SecretCache(vault).get("token")
    logging.getLogger("app").warning("sent %s, abc of acme", given)
    assert "sent ***, abc of acme" in log.getvalue()


def test_the_keys_of_a_secret_that_has_changed_are_hidden_too(log: io.StringIO) -> None:
    vault = Vault()
    cache = SecretCache(vault, 300, lambda: vault.now)
    cache.get("token")
    vault.values["token"], vault.now = KEYS, 300
    cache.get("token")
    logging.getLogger("app").warning("first-value and 5f3c0c9f2a")
    assert "*** and ***" in log.getvalue()


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        (sent("acme", "5f3c0c9f2a"), "authorization: Basic ***"),
        (sent("somebody", "b81e77d0c4").replace("Basic", "BASIC"), "authorization: BASIC ***"),
        (sent("zoë", "5f3c0c9f2a").rstrip("="), "authorization: Basic ***"),
        (sent("acme", "other"), sent("acme", "other")),
        ("the basic rules of a basic x: basic überall, basic ", "the basic rules of a basic x: basic überall, basic "),
    ],
)
def test_a_user_and_password_that_are_sent_are_hidden_whole(line: str, shown: str) -> None:
    assert Redactor(lambda: hidden_values([KEYS]))(line) == shown


def test_short_values_are_not_hidden_because_they_stand_in_words(log: io.StringIO) -> None:
    vault = Vault()
    vault.values["token"] = "a"
    SecretCache(vault).get("token")
    logging.getLogger("app").warning("a banana")
    assert "a banana" in log.getvalue()


def test_a_secret_and_a_setting_say_their_kind_and_check_their_name() -> None:
    assert (Secret.kind, Setting.kind) == ("secret", "setting")
    assert repr(Secret("api-token")) == "Secret(name='api-token')"
    for wrong in (lambda: Secret("API_TOKEN"), lambda: Setting("x"), lambda: Setting("level", default=3)):  # type: ignore[arg-type]
        with pytest.raises(DeclarationError):
            wrong()


def test_a_setting_is_its_variable_else_its_default() -> None:
    level = Setting("log-level", default="info")
    assert read_setting(level, {}) == "info"
    assert read_setting(level, {"PORTABLE_SETTING_LOG_LEVEL": ""}) == ""
    assert read_setting(level, {"PORTABLE_SETTING_LOG_LEVEL": "debug"}) == "debug"
    with pytest.raises(ConfigurationError, match="PORTABLE_SETTING_REGION"):
        read_setting(Setting("region"), {})


def test_the_local_file_is_read_as_people_write_it() -> None:
    text = (
        "# comment\n\nA=1\n  export B = two words # a comment\nC='as it is \\n # $x'\n"
        'D="line\\nnext \\"q\\" \\\\"\nE="spans\ntwo lines" # end\nF=\nG=a#b\napi-token=x=y\nH=""\n'
    )
    assert parse(text) == {
        "A": "1", "B": "two words", "C": "as it is \\n # $x", "D": 'line\nnext "q" \\',
        "E": "spans\ntwo lines", "F": "", "G": "a#b", "api-token": "x=y", "H": "",
    }  # fmt: skip


@pytest.mark.parametrize(("text", "line"), [("A=1\nno equals\n", 2), ("A B=1", 1), ("=x", 1), ('A="open\nB=1', 1)])
def test_a_line_that_cannot_be_read_is_named(text: str, line: int) -> None:
    with pytest.raises(ConfigurationError, match=rf"\.portable\.env:{line}:"):
        parse(text)


def test_a_value_is_found_by_its_variable_its_name_or_its_name_in_capitals(tmp_path: Path) -> None:
    assert read(str(tmp_path / ".portable.env")) == {}
    (tmp_path / ".portable.env").write_text("\ufeffAPI_TOKEN=of-the-file\nlog-level=debug\nPORTABLE_SECRET_A_B=x\n")
    values = read(str(tmp_path / ".portable.env"))
    assert look_up("SECRET", "api-token", values) == "of-the-file"
    assert look_up("SETTING", "log-level", values) == "debug"
    assert (look_up("SECRET", "a-b", values), look_up("SETTING", "a-b", values)) == ("x", None)
    (tmp_path / ".portable.env").write_bytes(b"A=\xff")
    with pytest.raises(ConfigurationError, match="UTF-8"):
        read(str(tmp_path / ".portable.env"))
