"""Replies of every form."""

from __future__ import annotations

from portable import Context, HTTPError, Request, Response, function, http

described = http.openapi("/described/openapi.json", page="/described", name="described")


@function(http.get("/replies/{kind}"))
def reply(kind: str, request: Request) -> Response:
    """Reply in the form that `kind` names, or fail."""
    if kind == "cookies":
        return Response.text("crumbs").set_cookie("a", "1").set_cookie("b", "2", httponly=True)
    if kind == "bytes":
        return Response(bytes(range(256)), 202, {"content-type": "image/png"})
    if kind == "headers":
        return Response(b"", 200, [("x-note", "caf\u00e9"), ("x-many", "1"), ("x-many", "2")])
    if kind == "redirect":
        return Response.redirect("/z\u00f6e/\u4e16?q=\u00e9")
    if kind == "located":
        return Response(b"", 201, {"location": "/z\u00f6e"})
    if kind == "nothing":
        return Response(b"", 204)
    if kind == "teapot":
        raise HTTPError(418, {"short": "and stout"})
    raise ValueError("a secret of the handler")


@function(http.delete("/replies/{kind}"))
async def later(kind: str) -> dict[str, str]:
    """Reply from a coroutine; the second function of its path."""
    if kind == "fail":
        raise ValueError("a secret of the coroutine")
    return {"awaited": kind}


@function(http.any("/any"), name="in")
def anything(request: Request) -> str:
    """Answer every method. Its name has two characters and is a Python keyword."""
    return request.method


@function(http.get("/shared"))
def shared(request: Request) -> Response:
    """Answer GET and HEAD. It is declared before the function of any other method of its path."""
    return Response.text("got", headers={"x-method": request.method, "x-function": "shared"})


@function(http.any("/shared"))
def rest(request: Request, context: Context) -> Response:
    """Answer every other method, OPTIONS too."""
    return Response.text(request.method, 207, {"x-method": request.method, "x-function": context.function})
