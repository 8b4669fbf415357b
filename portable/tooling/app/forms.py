"""Takes a parameter that is marked with `http.Form`; returns how it is read: one field of a form, or a type of several."""

from __future__ import annotations

import typing
from collections.abc import Iterator, Sequence
from typing import Any

from portable.base.aliases import read_name
from portable.base.typed import behind, defaults, field_types, is_typed_dict, needs_pydantic
from portable.eventing.http import Form
from portable.eventing.uploads import UploadedFile
from portable.tooling.app.expressions import NoExpression, type_expression
from portable.tooling.app.lengths import longest_text
from portable.tooling.app.model import Absent, Checker, Code, Decoder, Parameter
from portable.tooling.app.payloads import converter, is_structured
from portable.tooling.app.readable import unreadable
from portable.tooling.app.resource_parameters import Unfit, shown
from portable.tooling.app.simple import checked, has_constraints, simple, unconstrained
from portable.tooling.app.unions import strip_optional

_FIELDS = "from portable.eventing import form_fields as _form_fields"
_TYPES = "from portable.eventing import form_types as _form_types"
_CONVERT = "from portable.eventing import convert as _convert"
_LISTS = (list, set, frozenset, tuple, Sequence)
_FITTING = "str, int, float, bool, UUID, Decimal, date, datetime, an enum, a Literal, UploadedFile, or a list of them"


def is_form(mark: Any) -> bool:
    """Return whether a mark of Annotated is `http.Form`, with or without options."""
    return mark is Form or isinstance(mark, Form)


def form_parameter(name: str, kind: Any, mark: Form | type[Form], absent: Absent) -> Parameter:
    """Return how a parameter is read from a form. Raises Unfit for a type that a form cannot hold."""
    given = mark if isinstance(mark, Form) else Form()
    if is_structured(unconstrained(kind)):
        if given.name is not None:
            raise Unfit(f"is a form of several fields, but http.Form({given.name!r}) names one: leave the name out")
        code, library = _whole(kind, given)
        decoder: Decoder = "model" if library == "pydantic" else "typed"
        return Parameter(name, "form", "", decoder, code, absent, longest=longest_text(kind), checker=library)
    key = given.name or name
    code, library, many = _single(key, kind, given)
    absent = "empty" if many and absent == "error" else absent
    return Parameter(name, "form", key, "convert_many" if many else "convert", code, absent, checker=library)


def _single(key: str, kind: Any, limits: Form) -> tuple[Code, Checker, bool]:
    """Return the field of a parameter on its own, whose constraints are checked with it."""
    inner = unconstrained(kind)
    many = typing.get_origin(inner) is list
    item = typing.get_args(inner)[0] if many else kind
    code, library = _item(item)
    if many:
        code = Code(f"_convert.many({code.expression})", (_CONVERT, *code.imports))
    if (many and has_constraints(kind)) or (not many and unconstrained(item) is UploadedFile):
        code, library = checked(code, kind)
    return _field(key, code, inner, many, "error", limits), library, many


def _item(kind: Any) -> tuple[Code, Checker]:
    if unconstrained(kind) is UploadedFile:
        return Code("_form_fields.file", (_FIELDS,)), ""
    found = simple(kind)
    if found is None:
        raise Unfit(
            f"cannot be bound: {shown(kind)} does not fit a form, whose fields are {_FITTING}, or a class of them"
        )
    code, library = found
    return Code(f"_form_fields.text({code.expression})", (_FIELDS, *code.imports)), library


def _field(key: str, code: Code, kind: Any, many: bool, absent: Absent, limits: Form | None) -> Code:
    """Return the source of a `Field`. With a `blank` one an empty text counts as not sent."""
    parts = [repr(key), code.expression]
    imports = [_FIELDS, *code.imports]
    if absent != "error":
        parts.append(f"absent={absent!r}")
    if many:
        parts.append("many=True")
    elif kind is not UploadedFile and not _takes_empty(kind):
        parts.append("blank=True")
    if limits is not None and (written := _limits(limits)):
        parts.append(f"limits={written}")
    return Code(f"_form_fields.Field({', '.join(parts)})", tuple(imports))


def _limits(given: Form) -> str:
    named = {"text": given.max_field, "file": given.max_file, "total": given.max_total}
    options = ", ".join(f"{name}={most}" for name, most in named.items() if most is not None)
    return f"_form_fields.Limits({options})" if options else ""


def limits(kind: Any) -> Iterator[str]:
    """Yield what is too large for a parameter that is read from a form, in words: by its own marker and by those of its fields."""
    _, hint = strip_optional(behind(kind))
    marks = [mark for mark in getattr(hint, "__metadata__", ()) if is_form(mark)]
    for mark in marks:
        if isinstance(mark, Form):
            named = {"a text": mark.max_field, "a file": mark.max_file, "together all fields": mark.max_total}
            yield from (f"{what} of more than {most} bytes" for what, most in named.items() if most is not None)
    inner = unconstrained(hint)
    if marks and is_structured(inner):
        origin = typing.get_origin(inner) or inner
        for name, field in field_types(origin).items():
            yield from (f"{read_name(origin, name)}: {what}" for what in limits(field))


def _takes_empty(kind: Any) -> bool:
    """Return whether an empty text is a value of a type."""
    values = typing.get_args(kind) if typing.get_origin(kind) is typing.Literal else ()
    members = tuple(member.value for member in kind) if hasattr(kind, "__members__") else ()
    return kind is str or "" in values or "" in members


def _whole(kind: Any, limits: Form) -> tuple[Code, Checker]:
    """Return the form of a class. Its library makes the values, and so checks constraints and what the class itself does."""
    said = type_expression(kind)
    problem = unreadable(kind, (UploadedFile,))
    if problem is not None:
        raise NoExpression(problem)
    library: Checker = "pydantic" if needs_pydantic(kind) else "msgspec"
    fields = list(_fields_of(unconstrained(kind), library))
    parts = "".join(f"{field.expression}, " for field in fields)
    text = f"{said.expression}, ({parts.rstrip() if len(fields) == 1 else parts.rstrip(', ')})"
    if written := _limits(limits):
        text += f", {written}"
    imports = (_FIELDS, _TYPES, *said.imports, *(line for field in fields for line in field.imports))
    make = "typed" if library == "msgspec" else "model"
    return Code(f"_form_types.{make}({text})", imports), library


def _fields_of(kind: Any, library: Checker) -> Iterator[Code]:
    origin = typing.get_origin(kind) or kind
    left_out = defaults(origin)
    for name, hint in field_types(origin).items():
        optional, hint = strip_optional(behind(hint))
        own = next((mark for mark in getattr(hint, "__metadata__", ()) if is_form(mark)), None)
        inner = unconstrained(hint)
        inside, inner = strip_optional(inner)
        many = (typing.get_origin(inner) or inner) in _LISTS
        code = _text_of(name, kind, inner, many, library)
        if name in left_out:
            absent: Absent = "omit"
        else:
            absent = "none" if optional or inside else "empty" if many else "error"
        yield _field(read_name(origin, name), code, inner, many, absent, own if isinstance(own, Form) else None)


def _text_of(name: str, owner: Any, kind: Any, many: bool, library: Checker) -> Code:
    """Return the converter of a field, without its constraints: the library of the class checks them."""
    arguments = [part for part in typing.get_args(kind) if part is not Ellipsis]
    if many and len(arguments) != 1:
        raise Unfit(f"has the field {name} of {shown(owner)}, whose items have no type: write list[<type>]")
    item = unconstrained(arguments[0] if many else kind)
    if item is UploadedFile:
        code = Code("_form_fields.file", (_FIELDS,))
    else:
        found = converter(item) or (Code("_convert.text", (_CONVERT,)) if _only_pydantic(item, library) else None)
        if found is None:
            raise Unfit(
                f"has the field {name} of {shown(owner)}, but {shown(kind)} does not fit a form, whose fields are {_FITTING}"
            )
        code = Code(f"_form_fields.text({found.expression})", (_FIELDS, *found.imports))
    return Code(f"_convert.many({code.expression})", (_CONVERT, *code.imports)) if many else code


def _only_pydantic(kind: Any, library: Checker) -> bool:
    """Return whether pydantic reads a type from text by itself, such as an address of an email."""
    return (
        library == "pydantic"
        and isinstance(kind, type)
        and not is_structured(kind)
        and not is_typed_dict(kind)
        and not issubclass(kind, (dict, list, set, frozenset, tuple, bytes))
        and hasattr(kind, "__get_pydantic_core_schema__")
    )
