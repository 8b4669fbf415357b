"""The names of everything that an app has in a stage: an `Image` and an environment in, the addresses of its resources out.

A variable that is set already wins, so each resource can be elsewhere.
"""

from __future__ import annotations

import re
from os.path import exists

from portable.base.drivers import variable_name
from portable.errors import ConfigurationError
from portable_container.runtime.nats_names import stream_name

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from portable_container.runtime.image import Image

STAGE = "PORTABLE_STAGE"
SECRETS = "/run/secrets"
"""The folder in which Docker Compose, Swarm and our Kubernetes manifests mount secrets, a file for each."""
_STAGE = re.compile(r"[a-z](?:[a-z0-9-]{0,14}[a-z0-9])?")
_LONGEST_ROLE = 63
_LONGEST_BUCKET = 63


def stage_of(environment: Mapping[str, str]) -> str:
    """Return the stage, `dev` if none is said. Raises ConfigurationError for a text that is none."""
    stage = environment.get(STAGE) or "dev"
    if not _STAGE.fullmatch(stage):
        raise ConfigurationError(
            f"{STAGE} is {stage!r}, which is not the name of a stage: it has 1 to 16 lower-case letters, digits or -, and begins "
            "with a letter, such as dev or prod"
        )
    return stage


def prefix_of(app: str, stage: str) -> str:
    """Return how the names of a stage begin: the schema of PostgreSQL, and streams and users of NATS."""
    return f"{app}_{stage}"


def user_name(prefix: str, identity: str) -> str:
    """Return the role of PostgreSQL and user of NATS of an identity.

    PostgreSQL cuts a name off after 63 bytes, so a longer one ends with a digest.
    """
    name = f"{prefix}_{identity}"
    return name if len(name) <= _LONGEST_ROLE else _cut(name, name, _LONGEST_ROLE, "_")


def password_variable(identity: str) -> str:
    """Return the variable in which `migrate` finds the password of an identity."""
    return f"PASSWORD_{identity}".upper().replace("-", "_")


def bucket_name(app: str, stage: str, bucket: str) -> str:
    """Return the name of a bucket in a stage. All buckets of a store share one space of names of up to 63 characters.

    An app or a stage with - in its name gets a digest: `eu-jobs` of the stage dev and `jobs` of dev-eu must differ, and so
    must `jobs` of the app shop-dev in the stage eu.
    """
    name = f"{app}-{stage}-{bucket}"
    if "-" not in app + stage and len(name) <= _LONGEST_BUCKET:
        return name
    return _cut(name, f"{app}_{stage}_{bucket}", _LONGEST_BUCKET, "-")


def addresses(image: Image, environment: Mapping[str, str]) -> dict[str, str]:
    """Return the variable of each resource whose address is not in the environment, with its address.

    Raises ConfigurationError for a stage that is none.
    """
    stage = stage_of(environment)
    prefix = prefix_of(image.app, stage)
    found = {variable_name("table", shape["name"]): f"{prefix}.{shape['name']}" for shape in image.tables}
    for queue in image.queues:
        at = found[variable_name("queue", queue.name)] = stream_name(prefix, "queue", queue.name)
        if queue.dead_letters_of is not None:
            found[variable_name("dead", queue.dead_letters_of)] = at
    for kind, names in (("topic", image.topics), ("stream", image.streams)):
        found |= {variable_name(kind, name): stream_name(prefix, kind, name) for name in names}
    found |= {variable_name("bucket", name): bucket_name(image.app, stage, name) for name in image.buckets}
    found |= _secrets(image, environment)
    return {name: address for name, address in found.items() if not environment.get(name)}


def check_wants(image: Image, environment: Mapping[str, str]) -> None:
    """Raise ConfigurationError naming the variables that are missing for what other clouds hold."""
    missing = [names for names in image.wants if not any(environment.get(name) for name in names)]
    if missing:
        told = ", ".join(" or ".join(names) for names in missing)
        raise ConfigurationError(
            f"these variables are not set: {told}. They lead to what {image.app} keeps elsewhere (drivers of [tool.portable.container])"
        )


def _secrets(image: Image, environment: Mapping[str, str]) -> dict[str, str]:
    """Return the address of each secret: a variable with its own name in capitals if only that is there, else a mounted file."""
    found: dict[str, str] = {}
    for name in image.secrets:
        own, file = own_variable(name), f"{SECRETS}/{name}"
        by_variable = environment.get(own) and not exists(file)
        found[variable_name("secret", name)] = f"env:{own}" if by_variable else f"file:{file}"
    return found


def own_variable(secret: str) -> str:
    """Return the variable that may hold a secret itself."""
    return secret.upper().replace("-", "_")


def _cut(name: str, whole: str, longest: int, mark: str) -> str:
    """Return a name of at most `longest` characters that ends with a digest of `whole`, which no other name has."""
    from hashlib import sha256

    return f"{name[: longest - 9].rstrip('-_')}{mark}{sha256(whole.encode()).hexdigest()[:8]}"
