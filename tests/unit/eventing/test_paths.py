"""Who decodes a path, a query, a form or a cookie: on every road a handler sees the client's text, once decoded."""

from __future__ import annotations

from collections.abc import Callable
from time import time
from typing import Any

import flask
import hosts.aws_requests as aws_kit
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from searches import examples

import portable_aws.runtime.http as aws
import portable_azure.runtime.http as azure
import portable_azure.testing.http as azure_kit
import portable_gcp.runtime.http as gcp
import portable_gcp.testing.http as gcp_kit
from portable.compute.context import Context
from portable.compute.dispatch import http
from portable.eventing.request import Request
from portable.eventing.routing import Route, RouteTable
from portable.eventing.urls import encode_query, quote
from portable.testing.events import http as client

Carry = Callable[[Request, str], Request]


def by_gcp(request: Request, template: str) -> Request:
    sent = flask.Request(gcp_kit.encode_request(request).environ())
    return gcp.decode(sent.environ, sent.get_data())


def by_gcp_without_the_line(request: Request, template: str) -> Request:
    environ = gcp_kit.encode_request(request).environ()
    del environ["RAW_URI"]
    return gcp.decode(environ, request.body)


def by_azure(request: Request, template: str) -> Request:
    return azure.decode(azure_kit.encode_request(request, template.replace("{rest:path}", "{*rest}").lstrip("/")))


def by_aws(form: str) -> Carry:
    return lambda request, template: aws.decode(aws_kit.encode_request(request, form))[0]


ROADS: dict[str, Carry] = {
    "memory": lambda request, template: request,
    "azure": by_azure,
    "gcp": by_gcp,
    **{form: by_aws(form) for form in aws_kit.FORMS},
}
DECODED = ("v2", "v2-1.0")
"""The roads of an HTTP API: an encoded slash or question mark and slashes at the beginning are lost, by name."""

TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), min_size=1, max_size=12)
ESCAPES = st.lists(
    st.sampled_from(["%", "%41", "%25", "%2541", "%20", "%C3%A9", "%zz", "+", " ", "é", "a", ";", "&", "="])
)
WORD = (TEXT | ESCAPES.map("".join)).filter(lambda text: text not in ("", ".", ".."))


def seen(road: str, request: Request, template: str) -> dict[str, str]:
    """Return the path parameters that a handler sees of a request that took a road."""
    found: dict[str, str] = {}

    def handler(came: Any, context: Any) -> None:
        found.update(came.path_params, path=came.path)

    table = RouteTable([(template, {"GET": Route("f", handler, 10**6)})])
    http(table, ROADS[road](request, template), Context("r", "f", time() + 1))
    return found


@pytest.mark.parametrize("road", list(ROADS))
@given(text=WORD)
@examples(60)
def test_a_segment_is_the_clients_text(road: str, text: str) -> None:
    assume(road not in DECODED or not {"/", "?"} & set(text))
    assume(road != "azure" or "%2f" not in text.lower())
    found = seen(road, Request("GET", f"/files/{quote(text)}"), "/files/{name}")
    assert found == {"name": text, "path": f"/files/{text}"}


@pytest.mark.parametrize("road", list(ROADS))
@given(parts=st.lists(WORD, min_size=1, max_size=3))
@examples(40)
def test_the_rest_of_a_path_is_the_clients_text(road: str, parts: list[str]) -> None:
    text = "/".join(parts)
    assume(road not in DECODED or "?" not in text)
    assume(road != "azure" or "%2f" not in text.lower())
    sent = "/".join(quote(part) for part in parts)
    assert seen(road, Request("GET", f"/all/{sent}"), "/all/{rest:path}")["rest"] == text


@pytest.mark.parametrize(
    ("road", "sent", "arrives"),
    [
        ("v2", "/files/a%2Fb", "/files/a/b"),
        ("v2", "/files/a%3Fb", "/files/a"),
        ("v2", "//files/a", "/files/a"),
        ("v2-1.0", "//files/a%2Fb", "/files/a/b"),
        ("url", "//files/a%2Fb", "//files/a/b"),
        ("azure", "/files/a%252Fb", "/files/a/b"),
    ],
)
def test_the_gaps_of_a_road_are_those_with_a_name(road: str, sent: str, arrives: str) -> None:
    assert ROADS[road](Request("GET", sent), "/{rest:path}").path == arrives


@pytest.mark.parametrize("road", [*ROADS, "gcp without"])
@given(pairs=st.lists(st.tuples(WORD, WORD), max_size=4, unique_by=lambda pair: pair[0]))
@examples(30)
def test_queries_forms_and_cookies_are_the_clients_text(road: str, pairs: list[tuple[str, str]]) -> None:
    carry = ROADS.get(road, by_gcp_without_the_line)
    media_type = {"content-type": "application/x-www-form-urlencoded", "cookie": "a=%41; b=x+y"}
    body = encode_query(pairs).encode()
    came = carry(Request("POST", "/x", encode_query(pairs), media_type, body), "/x")
    assert sorted(came.query.multi_items()) == sorted(pairs)
    assert came.form().multi_items() == pairs
    assert came.cookies == {"a": "%41", "b": "x+y"}


@pytest.mark.parametrize("road", list(ROADS))
def test_a_plus_in_a_path_is_a_plus_and_in_a_query_a_space(road: str) -> None:
    came = ROADS[road](client("GET", "/a+b?c=d+e%2Bf"), "/{rest:path}")
    assert (came.path, came.query["c"]) == ("/a+b", "d e+f")


@pytest.mark.parametrize(
    ("event", "path"),
    [
        ({"domainName": "abc.execute-api.eu-central-1.amazonaws.com"}, "/a%41"),
        ({"domainName": "abc.execute-api.cn-north-1.amazonaws.com.cn"}, "/a%41"),
        ({"domainName": "api.example.com"}, "/a%41"),
        ({}, "/aA"),  # written by hand
        ({"domainName": None}, "/aA"),
        ({"domainName": "abc.lambda-url.eu-central-1.on.aws"}, "/aA"),
        ({"domainName": "abc.lambda-url.localhost.localstack.cloud:4566"}, "/aA"),
    ],
)
def test_the_domain_of_an_event_tells_whether_its_path_was_decoded(event: dict[str, Any], path: str) -> None:
    sent = aws_kit.encode_request(Request("GET", "/x"))
    sent["rawPath"] = "/a%41"
    del sent["requestContext"]["domainName"]
    sent["requestContext"].update(event)
    assert aws.decode(sent)[0].path == path


@pytest.mark.parametrize(
    ("base", "sent", "came"),
    [
        ("/v1", "/v1/a", "/a"),
        ("/v1", "/v1", "/"),
        ("/v1", "/v1/", "/"),
        ("/v1", "/v10/a", "/v10/a"),
        ("/v1", "/a/v1", "/a/v1"),
        ("/shop/v1", "/shop/v1/v1/a", "/v1/a"),
        ("", "/v1/a", "/v1/a"),
    ],
)
@pytest.mark.parametrize("form", aws_kit.FORMS)
def test_the_key_of_a_domains_mapping_is_taken_off(form: str, base: str, sent: str, came: str) -> None:
    paths: list[str] = []

    class Native:
        aws_request_id = "r"

        def get_remaining_time_in_millis(self) -> int:
            return 1000

    table = RouteTable([("/{rest:path}", {"GET": Route("f", lambda request, _: paths.append(request.path), 10)})])
    aws.handler(table, "f", base_path=base)(aws_kit.encode_request(Request("GET", sent), form), Native())
    assert paths == [came]
