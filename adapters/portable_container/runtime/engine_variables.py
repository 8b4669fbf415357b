"""The variables that lead to engines: the engines that are asked and an environment in, what is missing or misspelt out.

What is missing is told when a role or command starts, because nothing but a new start can mend it.
"""

from __future__ import annotations

from portable.errors import ConfigurationError
from portable_container.runtime.clients import LIBPQ
from portable_container.runtime.image import NATS, POSTGRES, STORE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

ENDPOINTS = ("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL")
REGIONS = ("PORTABLE_S3_REGION", "AWS_REGION", "AWS_DEFAULT_REGION")
KEYS = (
    "PORTABLE_S3_ACCESS_KEY_ID",
    "AWS_ACCESS_KEY_ID",
    "AWS_SHARED_CREDENTIALS_FILE",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
)
"""Where the keys of a store come from. Without any of them, those of a machine of Amazon are looked for."""
WANTED = {
    POSTGRES: (
        "PORTABLE_POSTGRES",
        "the connection URI of PostgreSQL, such as postgresql://user:password@host:5432/database",
    ),
    NATS: ("PORTABLE_NATS", "the URLs of NATS, such as nats://user:password@host:4222"),
    STORE: ("AWS_ENDPOINT_URL_S3", "the URL of the store, such as http://store:9000, or AWS_REGION for Amazon S3"),
}
"""The variable that is asked for, and what it says."""
KNOWN = (
    *("PORTABLE_STAGE", "PORTABLE_TARGET", "PORTABLE_POSTGRES", "PORTABLE_POSTGRES_ALONE"),
    *(
        "PORTABLE_NATS",
        "PORTABLE_NATS_CREDENTIALS",
        "PORTABLE_NATS_INBOX",
        "PORTABLE_NATS_REPLICAS",
        "PORTABLE_NATS_TAGS",
    ),
    *(
        "PORTABLE_S3_ACCESS_KEY_ID",
        "PORTABLE_S3_SECRET_ACCESS_KEY",
        "PORTABLE_S3_REGION",
        "PORTABLE_S3_PUBLIC_ENDPOINT",
    ),
    *(
        "PORTABLE_ADMIN_PORT",
        "PORTABLE_PROXY",
        "PORTABLE_THREADS",
        "PORTABLE_WORK_THREADS",
        "PORTABLE_KEEP_ALIVE_SECONDS",
    ),
    *("PORTABLE_STOP_SECONDS", "PORTABLE_DRAIN_SECONDS", "PORTABLE_EVENTS", "PORTABLE_EVENTS_TOKEN"),
)
"""The variables of an image, but for those of resources and settings."""
ALIKE = 0.9
"""How like a known name an unknown one must be to be told: others may be of another program."""


def check_engines(asked: Collection[str], environment: Mapping[str, str]) -> None:
    """Raise ConfigurationError naming each variable that is missing for an engine, and the one that may be meant."""
    leads = {POSTGRES: LIBPQ, NATS: ("PORTABLE_NATS",), STORE: (*ENDPOINTS, *REGIONS, *KEYS)}
    missing = [WANTED[engine] for engine in WANTED if engine in asked and not _any(environment, leads[engine])]
    if STORE in asked and _any(environment, ENDPOINTS) and not _any(environment, KEYS):
        missing.append(("AWS_ACCESS_KEY_ID", "the key of the store, with AWS_SECRET_ACCESS_KEY"))
    if missing:
        told = "; ".join(f"{name} is not set{_meant(name, environment)}: it is {what}" for name, what in missing)
        raise ConfigurationError(told)


def misspelt(known: Collection[str], environment: Mapping[str, str]) -> Iterator[str]:
    """Yield a sentence for each variable that is nearly one of portable. `known` are those of resources."""
    from difflib import get_close_matches

    names = {*KNOWN, *known}
    for name in sorted(environment):
        if name.startswith("PORTABL") and name not in names and not name.startswith("PORTABLE_SETTING_"):
            for meant in get_close_matches(name, names, 1, ALIKE):
                yield f"{name} is no variable of this app: if {meant} is meant, correct its name"


def _meant(name: str, environment: Mapping[str, str]) -> str:
    from difflib import get_close_matches

    unknown = [each for each in environment if each not in KNOWN]
    return "".join(f" ({each} is: correct its name)" for each in get_close_matches(name, unknown, 1, ALIKE))


def _any(environment: Mapping[str, str], names: Collection[str]) -> bool:
    return any(environment.get(name) for name in names)
