"""Whether PostgreSQL can be used: takes what a role needs; raises an error that says what is wrong.

The first question has a connection of its own, so that a refusal is known at once and in the server's words. It also asks
whether the version was migrated, and whether the account has the rights of the role's functions, by functions of
PostgreSQL that need no right themselves. Later questions only ask for an answer.
"""

from __future__ import annotations

from portable.errors import Throttled
from portable_container.runtime.clients import shared
from portable_container.runtime.probe import PATIENCE_SECONDS, Lacking
from portable_container.runtime.schema import is_ready

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from portable_container.runtime.connections import Connection
    from portable_container.runtime.needs import Needs

RIGHTS = (
    "SELECT w.place || '.' || w.name, w.held, c.oid IS NOT NULL FROM unnest($1::text[], $2::text[], $3::text[]) "
    "AS w (place, name, held) LEFT JOIN pg_namespace AS n ON n.nspname = w.place "
    "LEFT JOIN pg_class AS c ON c.relnamespace = n.oid AND c.relname = w.name "
    "WHERE NOT coalesce(has_schema_privilege(n.oid, 'USAGE') AND has_table_privilege(c.oid, w.held), false)"
)
"""What the account may not do, and whether the table is there."""


class PostgresProbe:
    """The database of a version: until it was migrated, nothing of the version can be served."""

    def __init__(self, needs: Needs) -> None:
        self._needs = needs
        self._seen = False

    def ask(self) -> None:
        """Raise an error of the error tree if the database does not answer, and Lacking if it has not what is needed."""
        seen, self._seen = self._seen, False
        postgres = shared()
        if seen:
            try:
                with postgres.lend() as connection:
                    connection.limit = PATIENCE_SECONDS
                    connection.rows("SELECT 1", ())
            except Throttled:  # all connections of this process are in use, so the server is there
                pass
        else:
            postgres.calls.once(lambda: self._look(postgres.connect(int(PATIENCE_SECONDS))), "PORTABLE_POSTGRES")
        self._seen = True

    def _look(self, connection: Connection) -> None:
        needs = self._needs
        with connection:
            connection.limit = PATIENCE_SECONDS
            found = connection.rows(RIGHTS, [list(column) for column in zip(*needs.tables, strict=True)])
            refused = [(table, right) for table, right, is_there in found if is_there]
            if refused:
                user = connection.info.user
                raise Lacking(
                    f'gives the account "{user}" of PORTABLE_POSTGRES no {_told(refused)}: {_instead(needs, user)}'
                )
            if not is_ready(connection, needs.database):
                raise Lacking("has not what this version needs: run `migrate`")
            if found:
                raise Lacking(
                    f"has no table {', '.join(sorted({table for table, _, _ in found}))}: see PORTABLE_TABLE_…"
                )


def _told(refused: Iterable[tuple[str, str]]) -> str:
    by_table: dict[str, list[str]] = {}
    for table, right in sorted(refused):
        by_table.setdefault(table, []).append(right)
    return "; no ".join(f"{', '.join(rights)} on {table}" for table, rights in by_table.items())


def _instead(needs: Needs, user: str) -> str:
    if needs.users == (user,):
        return "run `migrate`, which grants it"
    return f"what runs here needs the rights of {' and '.join(needs.users)}"
