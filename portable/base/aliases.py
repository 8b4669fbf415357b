"""Takes a class; returns the names under which its fields are written, where aliases or `rename` change them.

Nothing is imported and no annotation is evaluated, because a table calls this when its module is imported.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def stored_names(kind: Any) -> dict[str, str]:
    """Return the written name of each field whose written name differs from its Python name."""
    names = getattr(kind, "__struct_fields__", None)
    if names is not None:
        pairs = zip(names, kind.__struct_encode_fields__, strict=True)
        return {name: written for name, written in pairs if name != written}
    fields = getattr(kind, "__pydantic_fields__", None)
    if not fields or not writes_aliases(kind):
        return {}
    return {name: written for name, field in fields.items() if (written := _written(name, field)) != name}


def writes_aliases(kind: Any) -> bool:
    """Return whether the fields of a type are written by their aliases. False if it reads only its Python names."""
    fields = getattr(kind, "__pydantic_fields__", None)
    if not fields:
        return True
    config = getattr(kind, "model_config", None) or getattr(kind, "__pydantic_config__", None) or {}
    by_alias = config.get("validate_by_alias", True) is not False
    by_name = bool(config.get("populate_by_name") or config.get("validate_by_name")) or not by_alias
    read = [
        (name, field, _read_names(name, field, by_alias=by_alias, by_name=by_name)) for name, field in fields.items()
    ]
    if all(_written(name, field) in names for name, field, names in read):
        return True
    return not all(name in names for name, _, names in read)


def read_name(kind: Any, name: str) -> str:
    """Return the name under which a field is read. If there are several, it is the first one."""
    fields = getattr(kind, "__pydantic_fields__", None)
    if fields is None:
        return stored_names(kind).get(name, name)
    config = getattr(kind, "model_config", None) or getattr(kind, "__pydantic_config__", None) or {}
    alias = getattr(fields[name], "validation_alias", None) or getattr(fields[name], "alias", None)
    if alias is None or config.get("validate_by_alias", True) is False:
        return name
    return next((choice for choice in getattr(alias, "choices", [alias]) if isinstance(choice, str)), name)


def _written(name: str, field: Any) -> str:
    return getattr(field, "serialization_alias", None) or getattr(field, "alias", None) or name


def _read_names(name: str, field: Any, *, by_alias: bool, by_name: bool) -> set[str]:
    alias = getattr(field, "validation_alias", None) or getattr(field, "alias", None)
    if alias is None:
        return {name}
    choices = getattr(alias, "choices", [alias])
    found = {choice for choice in choices if isinstance(choice, str)} if by_alias else set()
    return found | {name} if by_name else found
