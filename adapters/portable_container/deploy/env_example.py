"""A site in, `.env.example` out: each variable that compose.yaml needs, without a password."""

from __future__ import annotations

from portable_container.deploy import users
from portable_container.deploy.compose import ports
from portable_container.deploy.compose_engines import IMAGES, OF_ENGINE
from portable_container.deploy.roles import OPTIONAL, optional
from portable_container.deploy.site import Site
from portable_container.runtime.addresses import password_variable
from portable_container.runtime.image import NATS, POSTGRES, STORE

MAKE = (
    '(umask 077 && python3 -c \'import re, secrets, sys; print(re.sub(r"(?m)^(\\w*PASSWORD\\w*=)$", '
    'lambda found: found[1] + "p" + secrets.token_hex(16), sys.stdin.read()), end="")\' < .env.example > .env)'
)
"""The line that makes .env. A password begins with a letter and has only letters and digits: NATS and URLs take it as it is."""


KEYS = "The keys of what is kept in another cloud, for the functions that use it, unless the machine has an identity there."


def env_text(site: Site) -> str:
    """Return the text of .env.example."""
    lines = [
        "# What compose.yaml needs. Make .env of it with a password for each account, once, by this line:",
        f"# {MAKE}",
        "# An account keeps the password that it was made with, so keep .env. Do not commit it.",
        "",
        *(f"{name}=" for name in passwords(site)),
    ]
    given = [name for name, default in site.settings().items() if default is None]
    defaults = {name: default for name, default in site.settings().items() if default is not None}
    if given:
        lines += [
            "",
            "# Settings of the app that have no default: give each its value.",
            *(f"{name}=" for name in given),
        ]
    if defaults:
        lines += ["", "# Settings of the app that have a default: take away the # to give another value."]
        lines += [f"# {name}=" for name in defaults]
    keys = dict.fromkeys(key for role in site.roles for key in site.signing_in(role))
    if keys:
        lines += ["", f"# {KEYS}", *(f"# {name}=" for name in keys)]
    lines += ["", "# The image of the app and those of the engines: a digest pins one, as in postgres:17.6@sha256:…"]
    lines.append(f"# IMAGE={site.local_image}")
    lines += [f"# {name}={IMAGES[name]}" for engine in sorted(site.engines) for name in OF_ENGINE[engine]]
    if NATS in site.engines:
        lines += [
            "",
            "# What JetStream may store: less than there is room for.",
            f"# {users.MAX_STORE}={users.LARGEST}",
        ]
    if ports(site):
        lines += ["", "# The ports on this machine.", *(f"# {name}={port}" for name, port in ports(site).values())]
    told = dict.fromkeys(name for role in (*site.roles, site.migrate) for name in optional(role))
    lines += [
        line for name in told for line in ("", f"# {OPTIONAL[name][0].upper()}{OPTIONAL[name][1:]}.", f"# {name}=")
    ]
    return "\n".join(lines) + "\n"


def passwords(site: Site) -> list[str]:
    """Return the variables of all passwords."""
    found = [password_variable(identity) for identity, role in site.identities().items() if role.engines]
    found += users.passwords(site).values() if NATS in site.engines else []
    found += ["POSTGRES_PASSWORD"] if POSTGRES in site.engines else []
    found += ["MINIO_ROOT_PASSWORD"] if STORE in site.engines else []
    return list(dict.fromkeys(found))
