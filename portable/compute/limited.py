"""Counts the calls of a function with `limit=`: takes a call `(request, context)`, returns one that lets in so many.

Each limit is one update of one row: the row is read, and written if nobody else has changed it. Who gets no place costs the
read alone. Only functions with a limit load this module. On hosts that await, it counts in threads.
"""

from __future__ import annotations

import logging
from functools import cached_property

from portable.base.logs import current
from portable.errors import HTTPError, Throttled, Timeout, Unavailable
from portable.eventing.altered import copy_of
from portable.eventing.limits import rates_of
from portable.eventing.response import to_response
from portable.persistence.sliding import FIELD, Count, Full, states
from portable.persistence.writes import Update

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from portable.base.drivers import Drivers
    from portable.compute.context import Context
    from portable.eventing.limits import Rate
    from portable.eventing.request import Request
    from portable.persistence.sliding import State

_log = logging.getLogger("portable")
PATIENCE = 2.0
"""Seconds for which a call waits for its count, while the table is busy or away."""
RETRY = 10
"""Seconds after which a client may try again when its call could not be counted."""
_LONGEST_KEY = 255


class LimitedCall:
    """The call of a function with limits. Raises HTTPError 429 for a call that gets no place, 503 if it cannot be counted."""

    def __init__(self, call: Callable[[Any, Any], Any], declared: Any, function: str, drivers: Drivers) -> None:
        """`declared` is what `limit=` was given."""
        self._call = call
        self._limits = [_Limit(rate, function, drivers) for rate in rates_of(declared)]

    def __call__(self, request: Request, context: Context) -> Any:
        """Count the call, then do it."""
        self._count(request, context)
        return self._call(request, context)

    def _count(self, request: Request, context: Context) -> None:
        told: list[tuple[_Limit, list[State]]] = []
        for limit in self._limits:
            found = limit.count(request, context)
            if found is not None:
                told.append((limit, found))
        request._limits = _fields(told)


class AsyncLimitedCall(LimitedCall):
    """`LimitedCall` for a host that awaits."""

    @cached_property
    def _run(self) -> Callable[..., Any]:
        from portable.base.threads import Threads

        return Threads().run

    async def __call__(self, request: Request, context: Context) -> Any:
        """Count the call, then do it."""
        await self._run(self._count, request, context)
        value = self._call(request, context)
        return await value if hasattr(value, "__await__") else value


def told(request: Request, value: Any) -> Any:
    """Return a handler's result with the fields that tell a client what is left to it: the last step of a call."""
    if not request._limits:
        return value
    response = to_response(value, True)
    found = copy_of(response)
    if response._made == ():  # a stream, which has not begun
        found._made = ()
    found.headers.extend(request._limits)
    return found


class _Limit:
    """One declared limit of a function."""

    def __init__(self, rate: Rate, function: str, drivers: Drivers) -> None:
        self._rate = rate
        self._drivers = drivers
        self._scope = f":limits/{rate.name}" if rate.name else f":limit/{function}"
        label = rate.name or ("own" if callable(rate.by) else rate.by)
        self.names = [f'"{label}:{text}"' for text in rate.texts]
        self.policies = [
            f"{name};q={calls};w={seconds}" for name, (calls, seconds) in zip(self.names, rate.windows, strict=True)
        ]

    def count(self, request: Request, context: Context) -> list[State] | None:
        """Count a call; return what is left of each window, None for a call that could not be counted but is let in."""
        rate = self._rate
        now = context._now()
        hurried: Any = _Hurried(context, now + PATIENCE)
        token = current.set(hurried)
        try:
            row = self._drivers.of(rate.table).update(self._update(request, now))
        except Full as full:
            raise self._refused(full) from None
        except (Throttled, Timeout, Unavailable) as error:
            # a table is busy by the calls themselves, too: who sends enough of them must not get in by that
            if rate.unavailable == "refuse" or isinstance(error, Throttled):
                raise _uncounted(error) from error
            _log.warning("the call is let in although it cannot be counted: %s", error)
            return None
        finally:
            current.reset(token)
        return states(row[FIELD], rate.windows, int(now * 1000))

    def _update(self, request: Request, now: float) -> Update:
        rate, life = self._rate, {}
        if rate.table.ttl is not None:
            from datetime import UTC, datetime

            life = {rate.table.ttl: datetime.fromtimestamp(now + rate.windows[-1][1] + 60, UTC)}
        return Update((self._key(request), None), set=life, rule=Count(rate.windows, int(now * 1000)))

    def _key(self, request: Request) -> str:
        """Return the key of the row. It is the caller as text, or its hash if it is too long."""
        key = f"{self._scope}/{whose(self._rate, request)}"
        if key.isprintable() and len(key.encode("utf-8", "surrogatepass")) <= _LONGEST_KEY:
            return key
        from hashlib import sha256

        return f"{self._scope}/sha256:{sha256(key.encode('utf-8', 'surrogatepass')).hexdigest()}"

    def _refused(self, full: Full) -> HTTPError:
        wait = -(-full.wait // 1000)
        reached = [text for text, (left, _) in zip(self._rate.texts, full.states, strict=True) if left == 0]
        detail = f"the limit of {' and '.join(reached)} is reached, try again in {wait} s"
        return HTTPError(429, detail, [("retry-after", str(wait)), *_fields([(self, full.states)])])


class _Hurried:
    """A call whose deadline is near: while it is counted, the retries of the table end there."""

    def __init__(self, context: Context, ends: float) -> None:
        self._context = context
        self._ends = ends

    def __getattr__(self, name: str) -> Any:
        return getattr(self._context, name)

    def remaining(self) -> float:
        return max(0.0, min(self._context.remaining(), self._ends - self._context._now()))


def whose(rate: Rate, request: Request) -> str:
    """Return whose calls are counted together, as a part of a key. Those of nobody are counted together, too."""
    by = rate.by
    if callable(by):
        found = by(request)
        if found is None:
            return "own"
        if not isinstance(found, str):
            raise TypeError(f"by= of http.rate must return a text or None, not {type(found).__name__}")
        return f"own:{found}"
    if by == "ip":
        return f"ip:{_network(request.client_ip or '')}"
    return "route" if by == "route" else f"{by}:{request.principal.subject}"


def _network(address: str) -> str:
    """Return what one subscriber has of addresses: one of IPv4, the first 64 bits of IPv6 (RFC 6177)."""
    if ":" not in address:
        return address
    from ipaddress import IPv6Address

    try:
        found = IPv6Address(address.partition("%")[0])  # without the zone of a link-local one
    except ValueError:
        return address
    return str(found.ipv4_mapped) if found.ipv4_mapped else f"{found.exploded[:19]}::/64"


def _fields(told: list[tuple[_Limit, list[State]]]) -> list[tuple[str, str]]:
    """Return the header fields of draft-ietf-httpapi-ratelimit-headers-10: each limit, and what is left of it."""
    if not told:
        return []
    policies = ", ".join(policy for limit, _ in told for policy in limit.policies)
    left = ", ".join(
        f"{name};r={calls};t={-(-wait // 1000)}"
        for limit, found in told
        for name, (calls, wait) in zip(limit.names, found, strict=True)
    )
    return [("ratelimit-policy", policies), ("ratelimit", left)]


def _uncounted(error: BaseException) -> HTTPError:
    """Return the 503 for a call that cannot be counted now, and log why."""
    _log.error("the call cannot be counted: %s", error)
    return HTTPError(503, "the call cannot be counted now, try again later", {"retry-after": str(RETRY)})
