"""The option `idempotent=Idempotent(seen, …)`: one effect for each key, whatever is delivered twice.

The first delivery of a key runs the handler; what comes while it runs is told to come again; what comes later gets the
stored result. A handler that raises leaves no record, so that the next delivery tries again.
"""

from __future__ import annotations

from portable.base.values import Value
from portable.errors import DeclarationError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import timedelta
    from typing import Any, Literal

    from portable.persistence.table import Table

FIELDS = ("state", "until", "owner", "fence", "busy", "result", "request")
"""Fields of a record beside the table's key and ttl."""
DAY = 86_400.0
PUBLIC = "public"
"""The scope of a route whose answers are the same for all callers."""


class Idempotent(Value):
    """Keep the results of a function in `table` for `ttl` (a day when None), by `key`.

    `key` is called with the message, its payload decoded, or the request, and returns text, a number, a UUID, a date,
    bytes, or a tuple of such; `1` and `"1"` are two keys. Without it the key of a message is its id, and that of a
    request its Idempotency-Key header; a request without one runs as ever, and one that uses a key for another request
    is answered 422. `scope` is for HTTP functions: called with the request, it returns who is calling, and a stored
    response is given to that caller only; when it returns None, the request runs as ever and nothing is kept.
    `scope="public"` says that the callers are all the same. The table has a text key, no sort, no row type; declare its
    `ttl` field to have old records deleted. Several functions may share it.
    """

    table: Table
    key: Callable[[Any], Any] | None = None
    ttl: timedelta | None = None
    scope: Callable[[Any], Any] | Literal["public"] | None = None

    def __check__(self) -> None:
        table = self.table
        if not hasattr(table, "indexes"):
            raise DeclarationError(f"Idempotent({table!r}) needs a Table for its records")
        what = f'Idempotent(Table("{table.name}"))'
        key = table.key
        if not isinstance(key, str):
            if key.type is not str:
                raise DeclarationError(f"{what}: the table's key must be text")
            key = key.name
        if table.sort is not None or table.row is not None:
            raise DeclarationError(f"{what}: the table of records has no sort and no row type")
        for name in (key, table.ttl):
            if name in FIELDS:
                raise DeclarationError(f"{what}: the field {name} is used by the record itself; call it otherwise")
        if self.key is not None and not callable(self.key):
            raise DeclarationError(f"{what}: key={self.key!r} must be a function of the message or request")
        if self.scope is not None and self.scope != PUBLIC and not callable(self.scope):
            raise DeclarationError(f'{what}: scope={self.scope!r} must be a function of the request, or "public"')
        if self.ttl is not None and not self.seconds > 0:
            raise DeclarationError(f"{what}: ttl={self.ttl!r} must be a timedelta above zero")

    @property
    def seconds(self) -> float:
        """How long a result is kept, in seconds."""
        if self.ttl is None:
            return DAY
        if not hasattr(self.ttl, "total_seconds"):
            return 0.0
        return self.ttl.total_seconds()
