"""Responses made from others: a copy that can be changed, and the response to HEAD. Plain replies do not load this module."""

from __future__ import annotations

from portable.eventing.response import Response


def copy_of(response: Response) -> Response:
    """Return a copy that can be changed, because a handler may return the same object many times."""
    copy = Response.__new__(Response)
    copy._content = response._content
    copy._made = None
    copy.status = response.status
    copy.cookies = list(response.cookies)
    copy.headers = list(response.headers)
    return copy


def without_body(response: Response) -> Response:
    """Return the response to HEAD: the same headers, and the length that the body would have."""
    headers = [pair for pair in response.headers if pair[0].lower() != "content-length"]
    chunks = response.chunks
    if chunks is None:
        size = (response.header("content-length") if not response.body else None) or str(len(response.body))
    else:
        chunks.close()
        if chunks.size is None:
            return response  # its chunks have ended; b"" would look like a length of 0
        size = str(chunks.size)
    bare = Response(b"", response.status, [*headers, ("content-length", size)])
    bare.cookies.extend(response.cookies)
    return bare
