"""Forms with a type: takes the fields of a class; returns what makes its values from the form of a request."""

from __future__ import annotations

from portable.errors import InvalidInput, MissingInput
from portable.eventing.faults import pairs_of, together
from portable.eventing.form_fields import UNSENT

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from portable.eventing.form_fields import Field, Limits
    from portable.eventing.request import Request


class FormType:
    """A class whose fields are those of a form.

    A field that the class does not have is given to its library, which ignores or refuses it as the class says.
    """

    def __init__(
        self,
        make: Callable[[Any], Any],
        fields: tuple[Field, ...],
        faults: Callable[[Any], list[tuple[str, str]]] | None = None,
        limits: Limits | None = None,
    ) -> None:
        self._make = make
        self._fields = fields
        self._names = frozenset(field.name for field in fields)
        self._faults = faults
        self._limits = limits

    def sent(self, request: Request) -> bool:
        """Return whether a request has a body."""
        return bool(request.body)

    def value(self, request: Request) -> Any:
        """Return the value of a form. Raises InvalidInput with all of its faults: 400, 413 over a limit, 415."""
        form = request.form()
        if self._limits is not None:
            self._limits.check([(f"body.{name}", value) for name, value in form.multi_items()], "body")
        known = self._names
        given: dict[str, Any] = {name: value for name, value in form.items() if name not in known}
        wrong: dict[str, InvalidInput] = {}
        for field in self._fields:
            try:
                found = field.of(form)
            except InvalidInput as error:
                if error.status != 400:
                    raise
                wrong[field.name] = error
                continue
            if found is not UNSENT:
                given[field.name] = found
            elif field.absent == "error":
                wrong[field.name] = MissingInput(field.at)
            elif field.absent != "omit":
                given[field.name] = None if field.absent == "none" else []
        try:
            value = self._make(given)
        except InvalidInput as error:
            raise self._together(given, wrong, error) from None
        if wrong:  # a fault of a field that has a default
            raise together(list(wrong.values()))
        return value

    def _together(self, given: dict[str, Any], wrong: dict[str, InvalidInput], error: InvalidInput) -> InvalidInput:
        """Return the faults of the fields with those that the library found beside them, in the order of the fields."""
        found = list(pairs_of(error)) if self._faults is None else self._faults(given) or list(pairs_of(error))
        lacking = {f"Object missing required field `{name}`" for name in wrong}
        more = [InvalidInput(message, at) for at, message in found if message not in lacking]
        every = [*wrong.values(), *(fault for fault in more if self._name_in(fault.at) not in wrong)]
        order = {field.name: index for index, field in enumerate(self._fields)}
        every.sort(key=lambda fault: order.get(self._name_in(fault.at), len(order)))
        return together(every or [error])

    def _name_in(self, at: str) -> str:
        """Return the name of the field that a place is in: "tags" for "body.tags[1]"."""
        inside = (field for field in self._fields if at == field.at or at.startswith((f"{field.at}[", f"{field.at}.")))
        return next((field.name for field in inside), "")


def typed(kind: Any, fields: tuple[Field, ...], limits: Limits | None = None) -> FormType:
    """Return the form of a dataclass, TypedDict or Struct. msgspec makes and checks its values."""
    from portable.base.codec_msgspec import MsgspecEngine

    def faults(given: Any) -> list[tuple[str, str]]:
        from portable.base.codec_faults import faults_of

        return faults_of(kind, given)

    return FormType(MsgspecEngine(kind).from_plain, fields, faults, limits)


def model(kind: Any, fields: tuple[Field, ...], limits: Limits | None = None) -> FormType:
    """Return the form of a type that only pydantic knows. pydantic makes and checks its values."""
    from portable.base.codec_pydantic import PydanticEngine

    return FormType(PydanticEngine(kind).from_plain, fields, None, limits)
