"""The planned accidents of one call of a handler, as a value."""

from __future__ import annotations

from collections.abc import Callable, Container
from dataclasses import dataclass


class Died(BaseException):
    """The process of a handler died. As in reality, a handler cannot catch it with `except Exception`."""

    ends_process = True
    """What runs handlers does nothing after it, as nothing could (`portable.base.ending`)."""


@dataclass
class Break:
    """What goes wrong in one call: `error` is raised at the `at`-th resource call, before or after it happened.

    `at` 0 is before the handler begins. A place beyond the last resource call is the handler's end, for what can happen
    there: a death (`at_end`), and whatever a test ordered (not `chaos`). `lasting` is how many calls of that resource fail
    in a row.
    """

    at: int
    error: Callable[[], BaseException]
    after: bool = True
    chaos: bool = False
    at_end: bool = False
    lasting: int = 1


@dataclass
class Script:
    """How a call breaks, before which resource calls it rests while others go on, and which one succeeds in part.

    `label` names the event. `excused` says that others run at the same time: what the handler raises then is no failure
    of its own, because it is called again.
    """

    broken: Break | None = None
    rests: Container[int] = ()
    partial: int = 0
    label: str = ""
    excused: bool = False
