"""Counts calls in sliding windows: takes what is stored of one caller, the limits and the time; returns what to store.

A window is kept as steps of time with the number of calls that were let in. A step is a 60,000th of the window, at least 1 ms;
for a limit of more than `FINE` calls it is a 400th, so that 2 KB hold every window. A call counts until all of its step is
one window old, so no window ever holds more calls than its limit.
"""

from __future__ import annotations

from struct import Struct, unpack_from

from portable.errors import Conflict

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Any

    Limits = Sequence[tuple[int, int]]
    """Limits as (calls, seconds of the window)."""
    State = tuple[int, int]
    """Of one limit: the calls that are left, and the milliseconds until there is one more, 0 if all are left."""
    Steps = list[tuple[int, int]]
    """(number of the step since the epoch, calls in it), the oldest first."""

FIELD = "calls"
"""The field of a row that holds its windows."""
FINE = 400
_COUNT = 0xFFFF
"""The largest number of calls that one stored step holds; there may be several steps of one number."""
_HEAD = Struct("<IIQI")
"""Of each window: its seconds, the milliseconds of a step, the number of the first step, the number of steps.

Each step follows as four bytes: its distance from the first one, and its calls.
"""


class Full(Conflict):
    """A limit has no place left. `wait` is the time until all limits have one, in milliseconds; `states` are theirs."""

    wait: int
    states: list[State]


class Count:
    """The rule of an update that counts one call at `now`, in milliseconds since the epoch. Raises Full instead."""

    names = (FIELD,)
    reads = True

    def __init__(self, limits: Limits, now: int) -> None:
        self.limits = limits
        self.now = now

    def __call__(self, row: dict[str, Any]) -> None:
        """Put the windows with this call into the row."""
        row[FIELD] = counted(row.get(FIELD, b""), self.limits, self.now)


def counted(stored: bytes, limits: Limits, now: int) -> bytes:
    """Return the windows with one more call, which is in all of them. Raises Full if it may not be let in."""
    windows, at = _windows(stored, limits, now)
    full = [_wait(steps, limit, now) for steps, limit in zip(windows, limits, strict=True)]
    if any(full):
        error = Full("a limit of calls is reached")
        error.wait, error.states = max(full), _states(windows, limits, now)
        raise error
    for steps, limit in zip(windows, limits, strict=True):
        step = at // step_of(limit)
        if steps and steps[-1][0] == step and steps[-1][1] < _COUNT:
            steps[-1] = step, steps[-1][1] + 1
        else:
            steps.append((step, 1))
    written = (_written(steps, limit) for steps, limit in zip(windows, limits, strict=True))
    return b"".join([*written, *_others(stored, limits, now)])


def states(stored: bytes, limits: Limits, now: int) -> list[State]:
    """Return the state of each limit by what is stored."""
    windows, _ = _windows(stored, limits, now)
    return _states(windows, limits, now)


def step_of(limit: tuple[int, int]) -> int:
    """Return the milliseconds of a step of a limit's window."""
    calls, seconds = limit
    return max(1, -(-seconds * 1000 // (60_000 if calls <= FINE else FINE)))


def _windows(stored: bytes, limits: Limits, now: int) -> tuple[list[Steps], int]:
    """Return the steps of each limit that still count, and the time of a call now: not before one that is counted."""
    found: dict[int, Steps] = {}
    for seconds, step, first, entries in _read(stored):
        limit = next((each for each in limits if each[1] == seconds), None)
        if limit is None:
            continue
        steps = [(first + (entry >> 16), entry & _COUNT) for entry in entries]
        wanted = step_of(limit)
        if step != wanted:  # another number of calls was declared: a call counts until its old step is one window old
            steps = [(((number + 1) * step - 1) // wanted, calls) for number, calls in steps]
        if steps:
            now = max(now, steps[-1][0] * wanted)
        found[seconds] = steps
    return [_live(found.get(limit[1], []), limit, now) for limit in limits], now


def _read(stored: bytes) -> Iterator[tuple[int, int, int, tuple[int, ...]]]:
    """Yield each stored window: its seconds, the milliseconds of a step, the number of the first one, and the steps."""
    at = 0
    while at < len(stored):
        seconds, step, first, count = _HEAD.unpack_from(stored, at)
        yield seconds, step, first, unpack_from(f"<{count}I", stored, at + _HEAD.size)
        at += _HEAD.size + 4 * count


def _others(stored: bytes, limits: Limits, now: int) -> Iterator[bytes]:
    """Yield the windows of other lengths that still count: while a new version is deployed, instances of both write."""
    known = {seconds for _, seconds in limits}
    for seconds, step, first, entries in _read(stored):
        last = first + (entries[-1] >> 16)
        if seconds not in known and (last + 1) * step - 1 + seconds * 1000 > now:
            yield _packed(seconds, step, first, entries)


def _live(steps: Steps, limit: tuple[int, int], now: int) -> Steps:
    """Return the steps that are not yet one window old."""
    last = (now + 1 - limit[1] * 1000) // step_of(limit) - 1
    for index, (number, _) in enumerate(steps):
        if number > last:
            return steps[index:]
    return []


def _until(number: int, limit: tuple[int, int], now: int) -> int:
    """Return the milliseconds until a step is one window old."""
    return (number + 1) * step_of(limit) - 1 + limit[1] * 1000 - now


def _wait(steps: Steps, limit: tuple[int, int], now: int) -> int:
    """Return the milliseconds until a limit has a place, 0 if it has one."""
    over = sum(calls for _, calls in steps) - limit[0]
    if over < 0:
        return 0
    for number, calls in steps:
        over -= calls
        if over < 0:
            return _until(number, limit, now)
    raise AssertionError("a limit is at least one call")


def _states(windows: list[Steps], limits: Limits, now: int) -> list[State]:
    return [
        (max(0, limit[0] - sum(calls for _, calls in steps)), _until(steps[0][0], limit, now) if steps else 0)
        for steps, limit in zip(windows, limits, strict=True)
    ]


def _written(steps: Steps, limit: tuple[int, int]) -> bytes:
    first = steps[0][0]
    return _packed(limit[1], step_of(limit), first, [(number - first) << 16 | calls for number, calls in steps])


def _packed(seconds: int, step: int, first: int, entries: Sequence[int]) -> bytes:
    return _HEAD.pack(seconds, step, first, len(entries)) + Struct(f"<{len(entries)}I").pack(*entries)
