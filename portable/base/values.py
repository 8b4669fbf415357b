"""The base class of declared values: its annotated class fields become an immutable value. Also the rule of their names.

`dataclasses` and `typing` are not imported here. On a cold start they cost more time than this whole package. The errors
are imported when there is one.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, ClassVar, dataclass_transform

    from portable.errors import DeclarationError
else:

    def dataclass_transform(**_options: object) -> object:
        """Replace `typing.dataclass_transform` at run time. Only type checkers need the real one."""
        return lambda cls: cls


@dataclass_transform(frozen_default=True)
class Value:
    """A frozen value. Its fields are the annotations of the class, in order.

    Two values are equal if their types and fields are equal. A field with a default is a class attribute. Raises
    TypeError for a missing, repeated or unknown field.
    """

    _fields: ClassVar[tuple[str, ...]] = ()

    def __init_subclass__(cls) -> None:
        annotations = cls.__dict__.get("__annotations__", {})  # noqa: RUF063 - postponed annotations are text
        own = tuple(n for n, kind in annotations.items() if n[0] != "_" and not kind.startswith("ClassVar"))
        cls._fields = cls._fields + tuple(name for name in own if name not in cls._fields)

    if not TYPE_CHECKING:

        def __init__(self, *args, **kwargs):
            fields = self._fields
            given = self.__dict__
            if len(args) > len(fields):
                raise TypeError(f"{type(self).__name__} takes {len(fields)} values, but got {len(args)}")
            for name, value in zip(fields, args, strict=False):
                given[name] = value
            for name, value in kwargs.items():
                if name not in fields or name in given:
                    problem = f"got {name} twice" if name in given else f"has no field {name}"
                    raise TypeError(f"{type(self).__name__} {problem}")
                given[name] = value
            for name in fields:
                if name not in given and not hasattr(type(self), name):
                    raise TypeError(f"{type(self).__name__} needs {name}")
            self.__check__()

    def __check__(self) -> None:
        """Check the fields. Subclasses override it and raise DeclarationError."""

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"{type(self).__name__} is frozen: {name} cannot be set")

    def __delattr__(self, name: str) -> None:
        raise AttributeError(f"{type(self).__name__} is frozen: {name} cannot be deleted")

    def _key(self) -> tuple[Any, ...]:
        return tuple(getattr(self, name) for name in self._fields)

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and self._key() == other._key()

    def __hash__(self) -> int:
        return hash((type(self).__name__, self._key()))

    def __repr__(self) -> str:
        shown = ", ".join(f"{name}={getattr(self, name)!r}" for name in self._fields)
        return f"{type(self).__name__}({shown})"


def replace(value: Any, **changes: object) -> Any:
    """Return a copy of `value` with the named fields changed."""
    given = {name: value.__dict__[name] for name in value._fields if name in value.__dict__}
    return type(value)(**{**given, **changes})


def wrong(message: str, where: str | None = None) -> DeclarationError:
    """Return the error for a wrong declaration. `where` is "file:line" if it is known."""
    from portable.errors import DeclarationError

    return DeclarationError(message, where)


_FIRST = "abcdefghijklmnopqrstuvwxyz"
_REST = frozenset("abcdefghijklmnopqrstuvwxyz0123456789-")


def check_name(what: str, name: object, hint: str = "", where: str | None = None) -> str:
    """Return `name` if it matches `[a-z][a-z0-9-]{1,39}`. Raises DeclarationError with `hint` and `where` otherwise."""
    if isinstance(name, str) and 2 <= len(name) <= 40 and name[0] in _FIRST and _REST.issuperset(name):
        return name
    raise wrong(
        f"{what} name {name!r} must have 2 to 40 characters: a lower case letter, then lower case letters, digits or -"
        f"{hint}",
        where,
    )
