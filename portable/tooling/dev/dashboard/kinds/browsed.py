"""`Browsed`: all that the dashboard knows of a kind of resource."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from portable.errors import PortableError
from portable.tooling.dev.dashboard.desk import Desk
from portable.tooling.dev.dashboard.posted import Form

NO_PAGE = "the address names a page that this list does not have, so this is its first one: follow its links from here"
Show = Callable[[Desk, Request, Any], Response]
Do = Callable[[Desk, Form, Any], Response]


@dataclass(frozen=True, slots=True)
class Kept:
    """What a resource holds under a key, as the arguments of `put` in a test, which puts it into the kit's cloud.

    `problem` says why there are none.
    """

    key: str
    arguments: tuple[Any, ...] = ()
    options: Mapping[str, Any] = field(default_factory=dict)
    problem: str = ""


Again = Callable[[Desk, Request, Form, Any, PortableError], Response]
State = Callable[[Any, Any, Sequence[str]], list[Kept]]


def why(error: PortableError) -> str:
    """Return why something was refused."""
    return str(error) or type(error).__name__


def stays(show: Callable[[Desk, Request, Any, Form, str], Response]) -> Again:
    """Return how the page of a form is shown again: with what was typed and the reason."""
    return lambda desk, request, form, resource, error: show(desk, request, resource, form, why(error))


@dataclass(frozen=True, slots=True)
class Browsed:
    """A kind of resource. `show` makes its page, `views` further pages, `actions` do what a form asks for.

    `again` shows the form of an action that was refused, with what was typed and the reason. Every action has one.
    `told` says in a few words what a resource holds now. Views and actions are found by the last part of their address.
    `given` takes an engine, a resource and keys that a call has read; it returns what the resource holds.
    """

    show: Show
    told: Callable[[Desk, Any], str]
    views: Mapping[str, Show] = field(default_factory=dict)
    actions: Mapping[str, Do] = field(default_factory=dict)
    given: State | None = None
    again: Mapping[str, Again] = field(default_factory=dict)
