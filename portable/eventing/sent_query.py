"""The query of a request as its client sent it. Mounted apps and the encoders of tests need it; a handler does not."""

from __future__ import annotations

from portable.eventing.request import sent

TYPE_CHECKING = False
if TYPE_CHECKING:
    from portable.eventing.request import Request


def query_of(request: Request) -> str:
    """Return the query as its client sent it. Decoded pairs are encoded again."""
    query, _ = sent(request)
    if isinstance(query, str):
        return query
    from portable.eventing.urls import encode_query

    return encode_query(query)
