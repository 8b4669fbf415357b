"""`Components`: the schemas of a document; each class stands there once, and the rest refers to it."""

from __future__ import annotations

import json
from collections.abc import Hashable
from itertools import chain
from typing import Any

from portable.base.typed import needs_pydantic
from portable.tooling.app.json_schema import Use, described
from portable.tooling.app.unique import numbered

_PLACE = "#/components/schemas/"
ERROR = "ErrorReply"
_ERROR = {
    "title": ERROR,
    "description": "What went wrong, and where in the request.",
    "type": "object",
    "properties": {
        "detail": {"description": "What went wrong."},
        "at": {"type": "string", "description": "The place in the request, such as query.size or body.items[0].price."},
        "errors": {
            "description": "All faults of a request that does not fit, the first of them included.",
            "type": "array",
            "items": {
                "type": "object",
                "properties": {"at": {"type": "string"}, "message": {"type": "string"}},
                "required": ["at", "message"],
            },
        },
    },
    "required": ["detail"],
}


PROBLEM = "Problem"
_PROBLEM = {
    "title": PROBLEM,
    "description": "What went wrong, and where in the request (RFC 9457). It may have further members.",
    "type": "object",
    "properties": {
        "type": {"type": "string", "description": "A URL that names the kind of problem."},
        "title": {"type": "string", "description": "What kind of problem it is."},
        "status": {"type": "integer", "description": "The status of the reply."},
        **_ERROR["properties"],  # type: ignore[dict-item]  # it is a dict
    },
    "required": ["type", "title", "status"],
}


class Components:
    """Collects the schemas of classes while the operations of a document are written."""

    def __init__(self, problems: bool = False) -> None:
        """With `problems` the app sends each error as one of RFC 9457."""
        self._error = PROBLEM if problems else ERROR
        self.schemas: dict[str, Any] = {self._error: _PROBLEM if problems else _ERROR}
        self._known: dict[tuple[Any, Use], dict[str, Any]] = {}
        self._read: dict[Any, tuple[dict[str, Any], dict[str, Any]]] = {}

    def of(self, kind: Any, use: Use = "read") -> dict[str, Any]:
        """Return the schema of a type, with references to the classes in it; {} for a type that no library describes."""
        try:
            known = self._known.get((kind, use))
            if known is None:
                known = self._known[kind, use] = self._made(kind, use)
        except TypeError:  # what Annotated says of it cannot be hashed
            known = self._made(kind, use)
        return dict(known)

    def _made(self, kind: Any, use: Use) -> dict[str, Any]:
        try:
            whole, classes = self._described(kind, use)
        except Exception:  # noqa: BLE001 - a type of the app's own may raise anything when it is described
            return {}
        renamed: dict[str, str] = {}
        for name, schema in classes.items():
            found = self._free(name, _referring(schema, renamed), use)
            if found != name:
                renamed[f"{_PLACE}{name}"] = f"{_PLACE}{found}"
        for name, schema in classes.items():
            at = renamed.get(f"{_PLACE}{name}", f"{_PLACE}{name}").removeprefix(_PLACE)
            self.schemas[at] = _referring(schema, renamed)
        return _referring(whole, renamed)  # type: ignore[no-any-return]  # a schema is a dict

    def _described(self, kind: Any, use: Use) -> tuple[dict[str, Any], dict[str, Any]]:
        """Return what `described` does. Only what pydantic writes may look other than what it reads."""
        hashable = isinstance(kind, Hashable)
        if hashable and use == "written" and kind in self._read and not needs_pydantic(kind):
            return self._read[kind]
        made = described(kind, f"{_PLACE}{{name}}", use)
        if hashable and use == "read":
            self._read[kind] = made
        return made

    def error(self) -> dict[str, Any]:
        """Return the schema of the reply to a request that failed."""
        return {"$ref": f"{_PLACE}{self._error}"}

    def _free(self, name: str, schema: Any, use: Use) -> str:
        """Return the name of a class's schema: its own; if that is another's, one that says that it is written, or a number."""
        further = [f"{name}Reply"] if use == "written" else []
        names = numbered(name)
        return next(each for each in chain((next(names), *further), names) if self.schemas.get(each, schema) == schema)


def _referring(part: Any, renamed: dict[str, str]) -> Any:
    """Return a schema whose references to renamed classes are right."""
    if not renamed:
        return part
    text = json.dumps(part)
    for old, new in renamed.items():
        text = text.replace(f'"{old}"', f'"{new}"')
    return json.loads(text)
