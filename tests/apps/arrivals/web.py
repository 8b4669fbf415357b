"""The HTTP side, in a module that no event function needs."""

from __future__ import annotations

from portable import Response, function, http


@function(http.get("/"))
def home() -> Response:
    return Response("a\nb", headers={"x-bad": "a\nb"})


@function(http.get("/plain"))
def plain() -> Response:
    return Response(b"\x00\xff", headers=[("x-note", "caf\u00e9"), ("x-many", "1"), ("x-many", "2")])
