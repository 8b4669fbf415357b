"""The option `idempotent=Idempotent(seen, …)`: each key has one effect, even if it is delivered twice.

The first delivery of a key runs the handler. A delivery that arrives while it runs must be tried again later. A later
delivery gets the stored result. A handler that raises leaves no record, so the next delivery runs it again.
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
"""The fields of a record besides the table's key and ttl."""
DAY = 86_400.0
PUBLIC = "public"
"""The scope of a route whose responses are the same for all callers."""


class Idempotent(Value):
    """Keep the results of a function in `table` for `ttl` (one day if None), by `key`.

    `key` is called with the message (its payload is decoded) or with the request. It returns text, a number, a UUID, a
    date, bytes, or a tuple of these. `1` and `"1"` are different keys. Without `key`, the key of a message is its id,
    and the key of a request is its Idempotency-Key header. A request without this header runs normally. A request that
    uses a key of a different request gets the status 422.

    `scope` is for HTTP functions. It is called with the request and returns the caller. A stored response is returned
    only to the same caller. If `scope` returns None, the request runs normally and nothing is stored. `scope="public"`
    means that all callers get the same responses.

    The table must have a text key, no sort and no row type. Declare its `ttl` field so that old records are deleted.
    Several functions may share a table.
    """

    table: Table
    key: Callable[[Any], Any] | None = None
    ttl: timedelta | None = None
    scope: Callable[[Any], Any] | Literal["public"] | None = None

    def __check__(self) -> None:
        table = self.table
        if not hasattr(table, "indexes"):
            raise DeclarationError(f"Idempotent({table!r}): the first argument must be a Table")
        what = f'Idempotent(Table("{table.name}"))'
        key = table.key
        if not isinstance(key, str):
            if key.type is not str:
                raise DeclarationError(f"{what}: the table's key must be text")
            key = key.name
        if table.sort is not None or table.row is not None:
            raise DeclarationError(f"{what}: the table must have no sort and no row type")
        for name in (key, table.ttl):
            if name in FIELDS:
                raise DeclarationError(
                    f"{what}: the field name {name} is used by the records. Give the field another name"
                )
        if self.key is not None and not callable(self.key):
            raise DeclarationError(f"{what}: key={self.key!r} must be a function of the message or request")
        if self.scope is not None and self.scope != PUBLIC and not callable(self.scope):
            raise DeclarationError(f'{what}: scope={self.scope!r} must be a function of the request, or "public"')
        if self.ttl is not None and not self.seconds > 0:
            raise DeclarationError(f"{what}: ttl={self.ttl!r} must be a timedelta above zero")

    @property
    def seconds(self) -> float:
        """How long a result is stored, in seconds."""
        if self.ttl is None:
            return DAY
        if not hasattr(self.ttl, "total_seconds"):
            return 0.0
        return self.ttl.total_seconds()
