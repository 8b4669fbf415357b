"""What a handler reads of a request: headers, cookies, text, JSON and forms."""

from __future__ import annotations

import json
from email.message import EmailMessage
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portable.errors import InvalidInput
from portable.eventing.request import Request, received
from portable.eventing.response import Response
from portable.eventing.uploads import UploadedFile


def test_a_request_that_a_host_received_is_like_any_other() -> None:
    given = ("PUT", "/a", "b=1", {"c": "2"}, b"3", "192.0.2.1")
    assert vars(received(*given)) == vars(Request(*given))


def test_headers_ignore_case_and_repeats_are_one_value() -> None:
    request = Request("GET", "/", "", [("X-A", "1"), ("x-a", "2"), ("Cookie", "a=1"), ("cookie", "b=2")])
    assert (request.headers["X-a"], request.headers.getlist("x-A")) == ("1, 2", ["1, 2"])
    assert request.headers.get("missing") is None
    assert "X-A" in request.headers
    assert 5 not in request.headers
    assert request.cookies == {"a": "1", "b": "2"}
    with pytest.raises(KeyError):
        request.headers["missing"]


def test_query_keeps_repeats_order_and_empty_values() -> None:
    query = Request("GET", "/", "a=1&b=&a=2&c").query
    assert (query["a"], query.get("a"), query.getlist("a"), query["b"], query["c"]) == ("2", "2", ["1", "2"], "", "")
    assert query.multi_items() == [("a", "1"), ("b", ""), ("a", "2"), ("c", "")]
    assert (list(query), len(query), query.items()) == (["a", "b", "c"], 3, [("a", "2"), ("b", ""), ("c", "")])


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("a=1; b=2", {"a": "1", "b": "2"}),
        ("a=1;b=2;", {"a": "1", "b": "2"}),
        ('a="x y"; b=""', {"a": "x y", "b": ""}),
        ("a=1=2", {"a": "1=2"}),
        ("a; =1; b=", {"b": ""}),
        ("a=first; a=second", {"a": "first"}),
        ("", {}),
    ],
)
def test_cookies_are_read_as_rfc_6265_orders_them(header: str, expected: dict[str, str]) -> None:
    assert Request("GET", "/", "", {"Cookie": header}).cookies == expected


NAME = st.text(alphabet="abcXYZ019!#$%&'*+-.^_`|~", min_size=1, max_size=8).filter(lambda n: n[0] != "$")
VALUE = st.text(alphabet="abcXYZ019!#$%&'*+-.^_`|~()/:<=>?@[]{}", max_size=12)


@given(st.dictionaries(NAME, VALUE, max_size=4))
def test_a_cookie_that_was_set_comes_back_as_it_was(cookies: dict[str, str]) -> None:
    response = Response()
    for name, value in cookies.items():
        response.set_cookie(name, value)
    sent = "; ".join(cookie.partition(";")[0] for cookie in response.cookies)
    assert Request("GET", "/", "", {"cookie": sent}).cookies == cookies


def test_text_is_read_in_the_charset_it_names() -> None:
    assert Request("POST", "/", "", {"content-type": 'text/plain; Charset="latin-1"'}, b"\xe9").text() == "é"
    assert Request("POST", "/", body="é".encode()).text() == "é"


@pytest.mark.parametrize(
    ("charset", "status"),
    [("utf-8", 400), ("nope", 415), ("hex", 415), ("idna", 415), ("punycode", 415), ("\x00", 415)],
)
def test_text_that_is_not_its_charset_is_a_defined_fault(charset: str, status: int) -> None:
    with pytest.raises(InvalidInput) as caught:
        Request("POST", "/", "", {"content-type": f"text/plain; charset={charset}"}, b"\xff.\xff").text()
    assert (caught.value.status, caught.value.at) == (status, "body")


@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b"NaN", b'{"a":Infinity}', b"9" * 5000, b"[" * 100_000])
def test_what_is_not_json_is_400(body: bytes) -> None:
    with pytest.raises(InvalidInput) as caught:
        Request("POST", "/", body=body).json()
    assert caught.value.status == 400


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
)


@given(JSON)
def test_json_survives_the_wire(value: Any) -> None:
    assert Request("POST", "/", body=json.dumps(value).encode()).json() == value
    assert json.loads(Response.json(value).body) == value


@given(st.lists(st.tuples(st.text(), st.text())))
def test_a_posted_form_is_read_as_it_was_written(pairs: list[tuple[str, str]]) -> None:
    body = urlencode([(a.encode("utf-8", "replace"), b.encode("utf-8", "replace")) for a, b in pairs]).encode()
    request = Request("POST", "/", "", {"content-type": "application/x-www-form-urlencoded; charset=utf-8"}, body)
    expected = [(a.encode("utf-8", "replace").decode(), b.encode("utf-8", "replace").decode()) for a, b in pairs]
    assert request.form().multi_items() == [pair for pair in expected if pair != ("", "") or body]


def multipart(*parts: tuple[str, bytes], boundary: str = "XbX") -> Request:
    body = b"".join(f"--{boundary}\r\n{head}\r\n\r\n".encode() + content + b"\r\n" for head, content in parts)
    header = {"Content-Type": f'multipart/form-data; boundary="{boundary}"'}
    return Request("POST", "/", "", header, body + f"--{boundary}--\r\n".encode())


def test_a_multipart_form_keeps_duplicates_files_and_order() -> None:
    form = multipart(
        ('Content-Disposition: form-data; name="tag"', "grün".encode()),
        ('content-disposition: form-data; name="file"; filename="a;b.bin"\r\nContent-Type: image/png', b"\x00\r\n\xff"),
        ('Content-Disposition: form-data; name="tag"', b""),
        ('Content-Disposition: form-data; name="l"\r\nContent-Type: text/plain; charset=latin-1', b"\xe9"),
    ).form()
    assert form.multi_items() == [
        ("tag", "grün"),
        ("file", UploadedFile("a;b.bin", "image/png", b"\x00\r\n\xff")),
        ("tag", ""),
        ("l", "é"),
    ]


@given(st.lists(st.binary(max_size=60), max_size=3))
def test_the_bytes_of_an_uploaded_file_are_never_changed(contents: list[bytes]) -> None:
    heads = ['Content-Disposition: form-data; name="f"; filename="x"\r\nContent-Type: message/rfc822'] * len(contents)
    form = multipart(*zip(heads, contents, strict=True), boundary="a-boundary-no-content-holds").form()
    assert [file.content for file in form.getlist("f") if isinstance(file, UploadedFile)] == contents


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        ('"café.jpg"', "café.jpg"),
        ('"a%22b.txt"', 'a"b.txt'),
        ('"a\\"b.txt"', 'a"b.txt'),
        ('"C:\\dir\\x.txt"', "C:\\dir\\x.txt"),
        ("plain.txt", "plain.txt"),
        ('""', ""),
        ("\"x\"; filename*=utf-8''caf%C3%A9.jpg", "café.jpg"),
    ],
)
def test_the_name_of_a_file_is_read_as_browsers_write_it(sent: str, expected: str) -> None:
    form = multipart((f'Content-Disposition: form-data; name="f"; filename={sent}', b"1")).form()
    file = form["f"]
    assert isinstance(file, UploadedFile)
    assert file.filename == expected


def test_a_form_is_read_as_another_library_writes_it() -> None:
    message = EmailMessage()
    message["Content-Type"] = "multipart/form-data"
    for name in ("one", "two"):
        part = EmailMessage()
        part.set_content(f"value {name}")
        del part["MIME-Version"]
        part["Content-Disposition"] = f'form-data; name="{name}"'
        message.attach(part)
    text = message.as_bytes(policy=message.policy.clone(linesep="\r\n"))
    body = text.partition(b"\r\n\r\n")[2]
    form = Request("POST", "/", "", {"content-type": message["content-type"]}, body).form()
    assert {name: str(value).strip() for name, value in form.items()} == {"one": "value one", "two": "value two"}


@pytest.mark.parametrize(
    ("media_type", "body", "status"),
    [
        (None, b"a=1", 415),
        ("application/json", b"{}", 415),
        ("multipart/form-data", b"x", 400),
        ("multipart/form-data; boundary=b", b"", 400),
        ("multipart/form-data; boundary=b", b"--b\r\nContent-Disposition: form-data; name=a\r\n\r\ncut off", 400),
        ("multipart/form-data; boundary=b", b"--b\r\nno-name: 1\r\n\r\n1\r\n--b--", 400),
        ("multipart/form-data; boundary=b", b"--b\r\n--b--", 400),
    ],
)
def test_a_broken_form_is_a_defined_fault(media_type: str | None, body: bytes, status: int) -> None:
    with pytest.raises(InvalidInput) as caught:
        Request("POST", "/", "", {"content-type": media_type} if media_type else {}, body).form()
    assert caught.value.status == status


@given(st.binary(max_size=200), st.text(max_size=30))
def test_any_bytes_as_a_form_are_read_or_refused(body: bytes, boundary: str) -> None:
    for sent in (body, b"--b\r\n" + body + b"\r\n--b--"):
        for header in ("boundary=b", f"boundary={boundary}", f'boundary="{boundary}'):
            request = Request("POST", "/", "", {"content-type": f"multipart/form-data; {header}"}, sent)
            try:
                request.form()
            except InvalidInput:
                continue
