"""`Browsed`: all that the dashboard knows of a kind of resource."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from portable.tooling.dev.dashboard.desk import Desk
from portable.tooling.dev.dashboard.posted import Form

Show = Callable[[Desk, Request, Any], Response]
State = Callable[[Any, Any, str, Sequence[str]], tuple[list[str], list[str]]]
Do = Callable[[Desk, Form, Any], Response]


@dataclass(frozen=True, slots=True)
class Browsed:
    """A kind of resource. `show` makes its page, `views` further pages, `actions` do what a form asks for.

    `told` says in a few words what a resource holds now. Views and actions are found by the last part of their address.
    `given` takes an engine, a resource, the name that the app has for it and keys; it returns the lines of a test that put
    what is under these keys into the kit's cloud, and the lines that import what they need.
    """

    show: Show
    told: Callable[[Desk, Any], str]
    views: Mapping[str, Show] = field(default_factory=dict)
    actions: Mapping[str, Do] = field(default_factory=dict)
    given: State | None = None
