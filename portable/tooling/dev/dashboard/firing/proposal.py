"""`Proposal`: the form that fires a function, made of what the function declares; and the event that a filled form is.

Events are the plain data that `portable invoke --event` takes. Each form of event has two functions: one makes the fields, the
other the event.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from portable.errors import InvalidInput
from portable.eventing.uploads import UploadedFile
from portable.tooling.app.kinds.registry import TRIGGERS
from portable.tooling.app.model import FunctionModel
from portable.tooling.app.sharing import hints
from portable.tooling.dev.dashboard.firing import events, http
from portable.tooling.dev.dashboard.firing.types import Field, Groups
from portable.tooling.dev.dashboard.posted import Form

_FIELDS: Mapping[str, Callable[[FunctionModel, Mapping[str, Any]], Groups]] = {
    "http": http.groups,
    "message": events.message_groups,
    "record": events.record_groups,
    "object": events.object_groups,
    "tick": events.tick_groups,
}
_EVENTS: Mapping[str, Callable[[FunctionModel, list[Field], Form], dict[str, Any]]] = {
    "http": http.event,
    "message": events.message_event,
    "record": events.record_event,
    "object": events.object_event,
    "tick": events.tick_event,
}


@dataclass(frozen=True, slots=True)
class Proposal:
    """A form that fires a function. `groups` are its fields under headings."""

    function: FunctionModel
    groups: tuple[tuple[str, tuple[Field, ...]], ...]

    def fields(self) -> list[Field]:
        """Return all fields."""
        return [field for _, group in self.groups for field in group]

    @property
    def has_files(self) -> bool:
        """Whether files can be chosen, so that the form is sent as multipart/form-data."""
        return any(field.is_file for field in self.fields())


def proposal(function: FunctionModel, handler: Callable[..., Any] | None) -> Proposal:
    """Return the form of a function."""
    known = hints(function, handler) if handler is not None else {}
    made = _FIELDS[TRIGGERS[function.trigger["kind"]].form](function, known)
    return Proposal(function, tuple((title, tuple(group)) for title, group in made if group))


def event_of(found: Proposal, form: Form) -> dict[str, Any]:
    """Return the event that a filled form is. Raises InvalidInput naming the field that cannot be read."""
    return _EVENTS[TRIGGERS[found.function.trigger["kind"]].form](found.function, found.fields(), form)


def first_event(found: Proposal) -> dict[str, Any]:
    """Return the event of a form that nobody has changed."""
    return event_of(found, Unchanged(found.fields()))


class Unchanged(Form):
    """A form that is sent as it was shown."""

    def __init__(self, fields: list[Field]) -> None:
        self._values = {field.name: field.value or field.example for field in fields}

    def text(self, name: str, default: str = "") -> str:
        """Return a field."""
        return self._values.get(name, default)

    def given(self, name: str) -> bool:
        """Return whether a box is ticked."""
        return self._values.get(name) == "on"

    def files(self, name: str) -> list[UploadedFile]:
        """Return no files: none was chosen."""
        return []


def parsed(text: str) -> dict[str, Any]:
    """Return the event that a text is. Raises InvalidInput."""
    try:
        return msgspec.json.decode(text, type=dict[str, Any])
    except (msgspec.DecodeError, UnicodeEncodeError) as error:
        raise InvalidInput(f"this is no event in JSON: {error}", "event") from error
