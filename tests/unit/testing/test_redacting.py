"""No secret survives `record`, however it is encoded; what is no secret stays as it is."""

from __future__ import annotations

import gzip
import json
import stat
import zlib
from base64 import b64decode, b64encode, urlsafe_b64encode
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portable.testing.recording import record
from portable.testing.redacting import redacted

SECRET = "open-sesame-9f8e7d"
HOLDERS: list[Any] = [
    {"password": SECRET},
    {"user": {"credentials": {"value": SECRET, "list": [SECRET]}}},
    {"messageAttributes": {"token": {"dataType": "String", "stringValue": SECRET}}},
    [{"name": "x-api-key", "value": SECRET}],
    [["Authorization", f"Bearer {SECRET}"]],
    f"https://ada:{SECRET}@example.org/x",
    f"a=1&access_token={SECRET}&b=2",
    f"https://x.example/y?sig={SECRET}",
    {"headers": {"X-Auth": [SECRET]}, "pwd": SECRET, "connectionString": SECRET},
    f"AccountName=x;AccountKey={SECRET};EndpointSuffix=y",
    f"user: ada\npassword: {SECRET}\n",
    f"<login><user>ada</user><password kind='x'>{SECRET}</password></login>",
    f'--b\r\nContent-Disposition: form-data; name="password"\r\nContent-Type: text/plain\r\n\r\n{SECRET}\r\n--b--\r\n',
    f"-----BEGIN RSA PRIVATE KEY-----\n{SECRET}\n-----END RSA PRIVATE KEY-----",
]
FORMS = ["ghp_" + "a1B2" * 9, "sk_live_" + "a1B2" * 6, "xoxb-123456789012-" + "a1B2" * 6, "AIza" + "a1B2c" * 7]


def as_json(value: Any) -> str:
    return json.dumps(value)


def as_base64(value: Any) -> str:
    return b64encode(text(value).encode()).decode()


def as_url_base64(value: Any) -> str:
    return urlsafe_b64encode(text(value).encode()).decode().rstrip("=")


def as_gzip(value: Any) -> str:
    return b64encode(gzip.compress(text(value).encode())).decode()


def as_percent(value: Any) -> str:
    return quote(text(value), safe="")


def text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


WAYS = [as_json, as_base64, as_url_base64, as_gzip, as_percent]


def everything_in(value: Any, depth: int = 0) -> str:
    """Return a text with all that a reader could decode of a value."""
    found = [text(value)]
    if depth < 6:
        for part in [value] if isinstance(value, str) else value.values() if isinstance(value, dict) else value:
            if isinstance(part, (dict, list)):
                found.append(everything_in(part, depth + 1))
            elif isinstance(part, str):
                found += [everything_in(inner, depth + 1) for inner in decodings(part)]
    return "\n".join(found)


def decodings(value: str) -> list[Any]:
    from base64 import urlsafe_b64decode
    from urllib.parse import unquote

    found: list[Any] = [unquote(value)] if unquote(value) != value else []
    try:
        inner = json.loads(value)
        found += [inner] if isinstance(inner, (dict, list, str)) else []
    except ValueError:
        pass
    for decode in (b64decode, urlsafe_b64decode):
        try:
            content = decode(value + "=" * (-len(value) % 4))
            content = gzip.decompress(content) if content[:2] == b"\x1f\x8b" else content
            found.append(content.decode())
        except (ValueError, OSError, EOFError, zlib.error):
            continue
    return found


@given(st.sampled_from(HOLDERS), st.lists(st.sampled_from(WAYS), max_size=3))
def test_no_secret_survives_however_it_is_encoded(holder: Any, ways: list[Any]) -> None:
    value = holder
    for way in ways:
        value = way(value)
    assert SECRET not in everything_in(redacted({"body": value}))


@pytest.mark.parametrize(
    "value",
    [
        {"key": "a.jpg", "size": 3, "eTag": "d41d8cd98f00b204e9800998ecf8427e"},
        {"rawQueryString": "a=1&b=%20x", "path": "/files/a%2Fb", "body": '{ "a" : [1, 2] }'},
        ["plain", "text"],
        {"body": b64encode(b"\xff\xd8\xff\xe0 a picture").decode()},
        {"text": "abcdefgh", "more": "the token of esteem"},
    ],
)
def test_what_is_no_secret_stays_as_it_is(value: Any) -> None:
    assert redacted(value) == value


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(), lambda x: st.lists(x) | st.dictionaries(st.text(), x)
    )
)
def test_any_json_can_be_redacted_twice_with_the_same_result(value: Any) -> None:
    assert redacted(redacted(value)) == redacted(value)


def test_only_the_owner_reads_what_was_recorded(tmp_path: Path) -> None:
    file = tmp_path / "event.json"
    file.write_text("{}")
    file.chmod(0o644)
    record({"Records": []}, file, target="aws", function="work")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


@pytest.mark.parametrize("way", [str, as_json, as_base64, as_percent])
@pytest.mark.parametrize("form", FORMS)
def test_what_looks_like_a_token_of_a_service_is_removed_to_its_end(form: str, way: Any) -> None:
    assert form[-8:] not in everything_in(redacted({"body": way(f"see {form}")}))


def test_a_secret_number_is_0_and_other_numbers_stay() -> None:
    event = {"password": 4711, "pin": 7.5, "code": 404, "key": 7, "max_tokens": 5, "token": True}
    assert redacted(event) == {"password": 0, "pin": 0.0, "code": 404, "key": 7, "max_tokens": 5, "token": True}


def test_the_cost_of_a_text_without_an_end_is_linear() -> None:
    redacted({"body": "; name=password\r\n\r\n" * 50_000})
