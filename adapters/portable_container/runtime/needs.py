"""What a role of an image needs of engines: an image, the role's functions and an environment in, a `Needs` out.

A role compares it with what its accounts may do, so that a wrong account is told before a call fails.
"""

from __future__ import annotations

from portable.base.drivers import variable_name
from portable.base.values import Value
from portable_container.runtime.addresses import user_name
from portable_container.runtime.image import NATS, POSTGRES, SCHEDULE
from portable_container.runtime.image_engines import BUCKET, address_of_event, database
from portable_container.runtime.nats_names import address_of, stream_name
from portable_container.runtime.nats_rights import Rights
from portable_container.runtime.schema_roles import needed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from portable_container.runtime.image import Image
    from portable_container.runtime.schema_database import Database

    Table = tuple[str, str, str]
    """The schema and the name of a table, and a right in it."""


class Needs(Value):
    """What a role needs. `database` is that of its version, `users` are the accounts that have all of its rights.

    `tables` are rights in PostgreSQL, `subjects` those to which it publishes in NATS. `buckets` are declared names with their
    names in the store, and `secrets` are declared names.
    """

    engines: frozenset[str]
    database: Database
    users: tuple[str, ...]
    tables: tuple[Table, ...] = ()
    subjects: tuple[str, ...] = ()
    buckets: tuple[tuple[str, str], ...] = ()
    secrets: tuple[str, ...] = ()


def of_functions(
    image: Image,
    prefix: str,
    names: Iterable[str],
    environment: Mapping[str, str],
    *,
    takes: bool,
    stores: bool = False,
    rightful: Iterable[str] | None = None,
) -> Needs:
    """Return what functions need. `takes` says that the role takes their events from NATS, `stores` that stores call it.

    `rightful` are those whose rights the account must have, all by default. A resource that a variable leads elsewhere is
    not looked for among the rights in NATS.
    """
    asked = tuple(names)
    called = asked if rightful is None else tuple(rightful)
    identities = tuple(dict.fromkeys(map(image.identity_of, called)))
    queues, rights = {queue.name: queue for queue in image.queues}, Rights()
    for used in (used for name in called for used in image.uses.get(name, ())):
        if used.kind != "bucket" and _is_here(prefix, used.kind, used.resource, environment):
            rights.use(prefix, used, queues)
    for event in image.functions if takes else ():
        if event.name in called and _is_here(prefix, event.kind, event.resource, environment):
            rights.take(prefix, event)
    for bucket in image.watched() if stores else ():
        rights.send(address_of(stream_name(prefix, BUCKET, bucket)))
    stored = (used for name in asked for used in image.uses.get(name, ()))
    buckets = dict.fromkeys(used.resource for used in stored if used.kind == "bucket")
    held = {right for identity in identities for right in needed(image.rights.get(identity, {}))} or needed({})
    return Needs(
        frozenset(engine for name in asked for engine in image.asks.get(name, ())),
        database(image, prefix),
        tuple(user_name(prefix, identity) for identity in identities),
        tuple(sorted((*_place(prefix, table, environment), right) for table, right in held)),
        tuple(sorted(rights.publish)),
        tuple((name, environment.get(variable_name("bucket", name), "")) for name in buckets),
        tuple(sorted({secret for name in asked for secret in image.reads.get(name, ())})),
    )


def of_schedule(image: Image, prefix: str, names: Iterable[str]) -> Needs:
    """Return what the leader of these schedules needs."""
    fired, rights = tuple(names), Rights()
    for event in image.of_kind("schedule"):
        if event.name in fired:
            rights.send(address_of(address_of_event(prefix, event)))
    wanted, user = database(image, prefix), user_name(prefix, SCHEDULE)
    return Needs(
        frozenset((POSTGRES, NATS) if fired else (POSTGRES,)),
        wanted,
        (user,),
        tuple(sorted((prefix, table, right) for table, right in needed(wanted.roles[user]))),
        tuple(sorted(rights.publish)),
    )


def _place(prefix: str, table: str, environment: Mapping[str, str]) -> tuple[str, str]:
    """Return the schema and the name of a table."""
    schema, _, name = environment.get(variable_name("table", table), "").partition(".")
    return (schema, name) if name else (prefix, table)


def _is_here(prefix: str, kind: str, resource: str, environment: Mapping[str, str]) -> bool:
    """Return whether no variable leads a resource to another place than that of the stage."""
    if kind not in ("queue", "topic", "stream"):
        return True
    usual = stream_name(prefix, kind, resource)
    return environment.get(variable_name(kind, resource), usual) == usual
