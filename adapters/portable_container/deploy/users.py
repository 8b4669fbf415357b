"""A site in, `nats/users.conf` and the passwords of its users out: one for each identity, for the store, and for who deploys.

Passwords are variables of the server's environment, so the file holds no secret.
"""

from __future__ import annotations

from portable_container.deploy import broker
from portable_container.deploy.broker_rights import Rights
from portable_container.deploy.site import Site
from portable_container.runtime.addresses import password_variable
from portable_container.runtime.image import DEPLOY, ROLES, STORE


def users_text(site: Site) -> str:
    """Return the text of the file."""
    return broker.users_text(site.prefix, _users(site))


def passwords(site: Site) -> dict[str, str]:
    """Return the variable of `.env` for each variable of NATS's environment that `users.conf` reads."""
    identities = {site.user(one): one for one in (DEPLOY, STORE, *ROLES, *site.identities())}
    users = (site.user(DEPLOY), *_users(site))
    return {broker.variable_of(user): password_variable(identities[user]) for user in users}


def _users(site: Site) -> dict[str, Rights]:
    return broker.users(site.prefix, site.blueprint.functions, site.blueprint.resources)
