"""How many calls a route takes: the values that `limit=` takes. A function without a limit does not load this module."""

from __future__ import annotations

from portable.base.values import Value, check_name, wrong

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any, Literal

    from portable.eventing.request import Request
    from portable.persistence.table import Table

    By = Literal["principal", "key", "ip", "route"] | Callable[[Request], str | None]
    Given = "Rate | Iterable[Rate] | None"

BY = ("principal", "key", "ip", "route")
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
_LONGEST = 366 * 86_400
_MOST = 1_000_000_000


class Rate(Value):
    """`http.rate(…)`. `windows` are (calls, seconds), the shortest first, and `texts` how they were written."""

    texts: tuple[str, ...]
    windows: tuple[tuple[int, int], ...]
    by: By
    table: Table
    name: str = ""
    unavailable: Literal["refuse", "allow"] = "refuse"

    def __check__(self) -> None:
        if not callable(self.by) and self.by not in BY:
            raise wrong(
                f'http.rate(by={self.by!r}) must be "principal", "key", "ip", "route", or a function of the Request. '
                "A header is no caller: anybody can send another one"
            )
        if not hasattr(self.table, "indexes"):
            raise wrong(
                f"http.rate(table={self.table!r}) must be a Table: what one instance remembers does not count the calls of "
                'the others. Declare one, such as Table("calls", key="id", ttl="ends")'
            )
        if self.name:
            check_name("limit", self.name)
        if self.unavailable not in ("refuse", "allow"):
            raise wrong(f'http.rate(unavailable={self.unavailable!r}) must be "refuse" or "allow"')


def rate(
    limits: str | Sequence[str],
    *,
    by: By,
    table: Table,
    name: str = "",
    unavailable: Literal["refuse", "allow"] = "refuse",
) -> Rate:
    """Let in so many calls in a time: "100/m", or several of one caller, `["10/s", "5000/d"]`. The others get 429.

    The time is `s`, `m`, `h` or `d`, with a number in front for several, as in "5/15m". It is a sliding window: none of
    this length ever holds more calls. `by` says whose calls are counted together: those of the "principal" of the
    route's `auth=`, of the "key" of `http.api_key`, of an "ip" address (of IPv6 the first 64 bits), or of the whole
    "route"; or a function of the request returns a text. `table` counts: it has a text key, no sort and no row type;
    declare its `ttl`, so that old rows are deleted. Routes with the same `name` count together, else each for itself.
    While the table cannot be reached, calls get 503, or are let in uncounted with `unavailable="allow"`.

    Raises DeclarationError.
    """
    given: Any = limits
    texts: tuple[str, ...] = tuple(given) if isinstance(given, (list, tuple)) else (given,)
    windows = {_window(text): text for text in texts}
    if not windows or len({seconds for _, seconds in windows}) < len(texts):
        raise wrong(
            f'http.rate({limits!r}) must be a limit such as "100/m", or a list with one for each length of time'
        )
    ordered = sorted(windows, key=lambda window: window[1])
    return Rate(tuple(windows[window] for window in ordered), tuple(ordered), by, table, name, unavailable)


def rates_of(given: Any) -> tuple[Rate, ...]:
    """Return the limits that `limit=` was given. Raises DeclarationError for anything else."""
    found = () if given is None else (given,) if isinstance(given, Rate) else given
    if not isinstance(found, (list, tuple)) or not all(isinstance(each, Rate) for each in found):
        raise wrong(f"limit={given!r} must be http.rate(…), a list of these, or None for no limit")
    return tuple(found)


def _window(text: Any) -> tuple[int, int]:
    """Return a limit as (calls, seconds)."""
    calls, slash, time = text.partition("/") if isinstance(text, str) else ("", "", "")
    count, unit = time[:-1] or "1", time[-1:]
    if not slash or unit not in _SECONDS or not all(each.isascii() and each.isdigit() for each in (calls, count)):
        raise wrong(
            f'{text!r} is no limit of http.rate: write calls and a time, such as "10/s", "100/m", "5/15m" or "5000/d"'
        )
    found = int(calls), int(count) * _SECONDS[unit]
    if not 1 <= found[0] <= _MOST or not 1 <= found[1] <= _LONGEST:
        raise wrong(f"{text!r} of http.rate must have 1 to {_MOST:,} calls, and a time of 1 second to 366 days")
    return found
