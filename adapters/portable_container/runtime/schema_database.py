"""What an app needs of its database: tables, and roles with what they may do."""

from __future__ import annotations

import json

from portable.base.values import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from portable_container.runtime.persistence_columns import Shape


class Database(Value):
    """What an app needs of its database. `schema` is `<app>_<stage>`.

    `tables` are shapes (`portable.persistence.shape.describe`). `roles` maps the role of each identity to the portable
    actions that it may do, by table: get, query, put, update, delete.
    """

    schema: str
    tables: tuple[Shape, ...]
    roles: Mapping[str, Mapping[str, tuple[str, ...]]] = {}

    @property
    def version(self) -> str:
        """The digest of everything that `migrate` makes."""
        from hashlib import sha256

        said = {"schema": self.schema, "tables": list(self.tables), "roles": self.roles}
        return sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()[:16]
