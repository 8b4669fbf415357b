"""The commands `migrate` and `prune` of an image: what this version needs is made in the engines; what only older ones used, removed.

Both are done by the identity `deploy`, whose accounts are in PORTABLE_POSTGRES and PORTABLE_NATS, and both are as safe to do
twice as once. PORTABLE_NATS_REPLICAS is the number of servers that hold each stream, PORTABLE_NATS_TAGS are the tags of
these servers, separated by commas. PORTABLE_POSTGRES_ALONE=on says that no other app uses the database. The password of
each identity's role in PostgreSQL is in `PASSWORD_<IDENTITY>`.
"""

from __future__ import annotations

from contextlib import contextmanager

from portable.errors import PermissionDenied
from portable_container.runtime import clients, nats_clients, nats_streams, schema
from portable_container.runtime.addresses import password_variable, user_name
from portable_container.runtime.image import DEPLOY, SCHEDULE
from portable_container.runtime.image_engines import database, streams
from portable_container.runtime.schema_roles import set_password, shut
from portable_container.runtime.variables import is_on, whole_number

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from portable_container.runtime.image import Image

MOST_REPLICAS = 5
"""How many copies of a stream JetStream keeps at most."""


def migrate(image: Image, prefix: str, environment: Mapping[str, str]) -> Iterator[str]:
    """Make what is missing; yield what was made. Raises an error of the error tree."""
    if image.needs_postgres:
        postgres = clients.shared()
        made = list(schema.migrate(postgres, database(image, prefix)))
        yield from made
        yield from _passwords(image, prefix, environment)
        yield from _without_password(made, image, prefix, environment)
        if is_on(environment, "PORTABLE_POSTGRES_ALONE"):
            yield from _shut()
    if image.needs_nats:
        nats = nats_clients.shared()
        replicas = whole_number(environment, "PORTABLE_NATS_REPLICAS", 1, 1, MOST_REPLICAS)
        for stream, readers in streams(image, prefix, replicas, _tags(environment)):
            with _as_administrator(prefix):
                nats_streams.make(nats, stream, readers)
            yield f"stream {stream['name']}"


def prune(image: Image, prefix: str) -> Iterator[str]:
    """Remove what only older versions used; yield what was removed. Raises an error of the error tree."""
    if image.needs_postgres:
        yield from schema.prune(clients.shared(), database(image, prefix))
    if image.needs_nats:
        nats = nats_clients.shared()
        for stream, readers in streams(image, prefix):
            if readers or stream["retention"] != "workqueue":
                with _as_administrator(prefix):
                    gone = nats_streams.prune(nats, stream["name"], readers)
                yield from (f"consumer {name} of {stream['name']}" for name in gone)


@contextmanager
def _as_administrator(prefix: str) -> Iterator[None]:
    """Say which account makes streams where NATS refuses the one that was given."""
    try:
        yield
    except PermissionDenied as error:
        needed = f"PORTABLE_NATS must have the account of {user_name(prefix, DEPLOY)} here, from nats/accounts.conf"
        raise PermissionDenied(f"{error}. {needed}, and its password") from error


def _shut() -> list[str]:
    postgres = clients.shared()

    def shutting() -> list[str]:
        with postgres.apart() as connection:
            return shut(connection)

    return postgres.calls.once(shutting, "PORTABLE_POSTGRES_ALONE (PostgreSQL)")


def _passwords(image: Image, prefix: str, environment: Mapping[str, str]) -> Iterator[str]:
    given = {
        user_name(prefix, identity): password
        for identity in _identities(image)
        if (password := environment.get(password_variable(identity)))
    }
    if not given:
        return
    postgres = clients.shared()

    def setting() -> None:
        with postgres.apart() as connection:
            for role, password in given.items():
                set_password(connection, role, password)

    postgres.calls.once(setting, "the passwords of roles (PostgreSQL)")
    yield from (f"password of the role {role}" for role in given)


def _without_password(made: list[str], image: Image, prefix: str, environment: Mapping[str, str]) -> Iterator[str]:
    for identity in _identities(image):
        role, variable = user_name(prefix, identity), password_variable(identity)
        if f"role {role}" in made and not environment.get(variable):
            yield f"the new role {role} has no password: to sign in by one, set {variable} and run `migrate` again"


def _identities(image: Image) -> tuple[str, ...]:
    """Return whose roles of PostgreSQL there are."""
    return tuple(dict.fromkeys((*image.rights, SCHEDULE)))


def _tags(environment: Mapping[str, str]) -> tuple[str, ...]:
    said = environment.get("PORTABLE_NATS_TAGS", "")
    return tuple(tag for each in said.split(",") if (tag := each.strip()))
