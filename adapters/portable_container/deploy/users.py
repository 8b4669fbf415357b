"""A site in, `nats/users.conf` out: a user for each identity, one for the store that tells of objects, and the administrator.

Passwords are variables of the server's environment, so the file holds no secret.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from portable_container.deploy import broker
from portable_container.deploy.broker_rights import Rights
from portable_container.deploy.site import Site
from portable_container.runtime.addresses import password_variable
from portable_container.runtime.image import DEPLOY, SCHEDULE, SERVE, WORK
from portable_container.runtime.image_engines import BUCKET
from portable_container.runtime.nats_clients import inbox_of
from portable_container.runtime.nats_names import address_of, stream_name

TELLER = "_store"
"""The identity of the store on NATS. No function's name begins with _."""


@dataclass
class StoreRights(Rights):
    """What the store may do: it publishes to the streams of buckets, and reads no answers but its own.

    Its client (nats.go) takes answers below `_INBOX.` and cannot be told another subject, so those of `others` are denied.
    """

    others: tuple[str, ...] = ()

    def lines(self) -> list[str]:
        """Return the lines of the server's configuration."""
        denied = [f'          "{inbox_of(user)}.>"' for user in self.others]
        return [*super().lines()[:-1], '      subscribe: { allow: ["_INBOX.>"], deny: [', *denied, "      ] }"]


def users_text(site: Site) -> str:
    """Return the text of the file."""
    found = broker.users(site.prefix, site.blueprint.functions, site.blueprint.resources)
    watched = site.image.watched()
    if watched:
        others = (*found, site.user(DEPLOY))
        found[site.user(TELLER)] = _store(site, watched, others)
    return broker.users_text(site.prefix, found)


def passwords(site: Site) -> dict[str, str]:
    """Return the variable of `.env` for each variable of NATS's environment that `users.conf` reads."""
    identities = {site.user(one): one for one in (DEPLOY, SERVE, WORK, SCHEDULE, *site.identities())}
    known = broker.users(site.prefix, site.blueprint.functions, site.blueprint.resources)
    found = {user: password_variable(identities[user]) for user in (site.user(DEPLOY), *known)}
    if site.image.watched():
        found[site.user(TELLER)] = STORE_PASSWORD
    return {broker.variable_of(user): variable for user, variable in found.items()}


STORE_PASSWORD = "STORE_EVENTS_PASSWORD"  # noqa: S105 - the name of a variable
"""The variable of `.env` with the password of the store on NATS."""


def _store(site: Site, watched: Iterable[str], others: tuple[str, ...]) -> StoreRights:
    rights = StoreRights(site.user(TELLER), others=others)
    for name in watched:
        rights.publish.add(address_of(stream_name(site.prefix, BUCKET, name)).subject)
    return rights
