"""Triggers that would match nothing: filters, CORS origins and paths that no message, browser or request has."""

from __future__ import annotations

from pathlib import Path

import pytest
from unit.tooling.app.test_refusals import TYPES, refused

MATCHES_NOTHING = {
    "a filter with a list": (
        'from portable import Topic\nnews = Topic("news")\n'
        '@function(news.messages(filter={"kind": ["a", "b"]}))\ndef fun(): ...',
        "'kind': \\['a', 'b'\\] matches no message.*look at message.attributes",
    ),
    "a filter with a number": (
        'from portable import Topic\nnews = Topic("news")\n@function(news.messages(filter={"n": 1}))\ndef fun(): ...',
        "'n': 1 matches no message",
    ),
    "an origin without a scheme": (
        '@function(http.get("/a", cors="shop.example"))\ndef fun(): ...',
        "'shop.example' is no origin that a browser sends.*\"https://shop.example\"",
    ),
    "an origin with a path": (
        '@function(http.get("/a", cors=["https://a.example", "https://b.example/x"]))\ndef fun(): ...',
        '"https://b.example", or',
    ),
    "a parameter of Flask": ('@function(http.get("/a/<int:id>"))\ndef fun(): ...', "a parameter is {id}"),
    "a parameter of Express": ('@function(http.get("/a/:id"))\ndef fun(): ...', "a parameter is {id}"),
    "a reserved path": (
        '@function(http.get("/admin/x"))\ndef fun(): ...',
        "is reserved: .*Choose another first segment",
    ),
}


@pytest.mark.parametrize("name", MATCHES_NOTHING)
def test_a_trigger_that_would_match_nothing_is_refused(tmp_path: Path, name: str) -> None:
    code, says = MATCHES_NOTHING[name]
    refused(tmp_path, f"{TYPES}\n{code}\n", says)
