"""The commands `migrate` and `prune` of an image: what this version needs is made in the engines; what only older ones used, removed.

Both are done by the identity `deploy`, whose accounts are in PORTABLE_POSTGRES and PORTABLE_NATS, and both are as safe to do
twice as once. PORTABLE_NATS_REPLICAS is the number of servers that hold each stream, PORTABLE_NATS_TAGS are the tags of
these servers, separated by commas. PORTABLE_POSTGRES_ALONE=on says that no other app uses the database. The password of
each identity's role in PostgreSQL is in `PASSWORD_<IDENTITY>`.
"""

from __future__ import annotations

from portable_container.runtime import clients, nats_clients, nats_streams, schema
from portable_container.runtime.addresses import password_variable, user_name
from portable_container.runtime.image import SCHEDULE
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
        yield from schema.migrate(postgres, database(image, prefix))
        yield from _passwords(image, prefix, environment)
        if is_on(environment, "PORTABLE_POSTGRES_ALONE"):
            yield from _shut()
    if image.needs_nats:
        nats = nats_clients.shared()
        replicas = whole_number(environment, "PORTABLE_NATS_REPLICAS", 1, 1, MOST_REPLICAS)
        for stream, readers in streams(image, prefix, replicas, _tags(environment)):
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
                gone = nats_streams.prune(nats, stream["name"], readers)
                yield from (f"consumer {name} of {stream['name']}" for name in gone)


def _shut() -> list[str]:
    postgres = clients.shared()

    def shutting() -> list[str]:
        with postgres.apart() as connection:
            return shut(connection)

    return postgres.calls.once(shutting, "PORTABLE_POSTGRES_ALONE (PostgreSQL)")


def _passwords(image: Image, prefix: str, environment: Mapping[str, str]) -> Iterator[str]:
    given = {
        user_name(prefix, identity): password
        for identity in dict.fromkeys((*image.rights, SCHEDULE))
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


def _tags(environment: Mapping[str, str]) -> tuple[str, ...]:
    said = environment.get("PORTABLE_NATS_TAGS", "")
    return tuple(tag for each in said.split(",") if (tag := each.strip()))
