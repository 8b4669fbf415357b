"""What an app needs of its database: data that deploying writes and the image reads."""

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

        return sha256(self.text().encode()).hexdigest()[:16]

    def text(self) -> str:
        """Return it as JSON, which `read` takes."""
        said = {"schema": self.schema, "tables": list(self.tables), "roles": self.roles}
        return json.dumps(said, sort_keys=True)


def read(text: str) -> Database:
    """Return what `Database.text` wrote."""
    said = json.loads(text)
    roles = {role: {table: tuple(found) for table, found in held.items()} for role, held in said["roles"].items()}
    return Database(said["schema"], tuple(said["tables"]), roles)
