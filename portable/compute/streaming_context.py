"""The `Context` of a request on a host that sends the chunks of a streamed response one by one."""

from __future__ import annotations

from portable.compute.context import Context


class StreamingContext(Context):
    """`Context` of a host that streams. Hosts with a context class of their own set `_streams` there."""

    __slots__ = ()
    _streams = True
