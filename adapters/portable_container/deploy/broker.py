"""Who may do what in NATS: the functions and resources of an app in; the users of the server out.

`users_text` is a file for the server's configuration: `include users.conf`. `runtime/image_engines` has the streams.
"""

from __future__ import annotations

from collections.abc import Iterable

from portable.eventing.queue import Queue
from portable.tooling.app.model import Grant, ResourceModel
from portable.tooling.infra.blueprint import DeployedFunction
from portable.tooling.infra.places import redriven
from portable_container.deploy.broker_rights import Rights
from portable_container.deploy.image import image_of
from portable_container.runtime.addresses import user_name
from portable_container.runtime.image import DEPLOY, SCHEDULE, SERVE, STORE
from portable_container.runtime.image_engines import BUCKET, address_of_event, is_partitioned
from portable_container.runtime.nats_names import address_of, stream_name


def users(prefix: str, functions: Iterable[DeployedFunction], resources: Iterable[ResourceModel]) -> dict[str, Rights]:
    """Return the rights of the user of each identity: those of its functions, no others.

    The identity `serve` may also pass on what stores tell of their buckets, and `schedule` may publish due moments. `store`
    is that of a store which publishes its notifications itself, as MinIO does.
    """
    deployed, declared = tuple(functions), tuple(resources)
    image = image_of("", deployed, declared)
    options = {queue.name: queue for queue in image.queues}
    found: dict[str, Rights] = {}
    for function in deployed:
        rights = _of(found, prefix, function.identity)
        for grant in function.grants:
            _give(rights, prefix, grant, options)
    for event in image.functions:
        at = address_of(address_of_event(prefix, event))
        rights = _of(found, prefix, event.identity)
        rights.receive(at, partitioned=is_partitioned(event))
        rights.count(at)  # for the metrics of the role
        if event.dead_letters:
            rights.count(address_of(stream_name(prefix, "queue", event.dead_letters)))
        if event.kind == "schedule":
            _of(found, prefix, SCHEDULE).send(at)
    for bucket in image.watched():
        at = address_of(stream_name(prefix, BUCKET, bucket))
        _of(found, prefix, SERVE).send(at)
        store = _of(found, prefix, STORE)
        store.foreign = True
        store.publish.add(at.subject)
    return found


def _of(found: dict[str, Rights], prefix: str, identity: str) -> Rights:
    user = user_name(prefix, identity)
    return found.setdefault(user, Rights(user))


SHARED = (
    "# A server has one list of users, and of two files that it includes the second replaces the first without a word. Where",
    "# several apps or stages share a server, put the users of all files into one authorization block.",
)


def users_text(prefix: str, found: dict[str, Rights]) -> str:
    """Return the `authorization` block of the server. Passwords come from variables of the server's environment.

    The variable of a user is `PASSWORD_<USER>`; its value begins with a letter and has only letters and digits.
    """
    administrator = user_name(prefix, DEPLOY)
    lines = [f'    {{ user: "{administrator}", password: ${variable_of(administrator)} }}']
    for user, rights in sorted(found.items()):
        lines += [f'    {{ user: "{user}", password: ${variable_of(user)}, permissions: {{', *rights.lines(), "    } }"]
    return "\n".join([*SHARED, "authorization {", "  users: [", *lines, "  ]", "}", ""])


def variable_of(user: str) -> str:
    """Return the name of the variable that holds the password of a user."""
    return "PASSWORD_" + "".join(letter if letter.isalnum() else "_" for letter in user).upper()


def _give(rights: Rights, prefix: str, grant: Grant, queues: dict[str, Queue]) -> None:
    if grant.kind not in ("queue", "topic", "stream"):
        return
    at = address_of(stream_name(prefix, grant.kind, grant.resource))
    if grant.kind != "queue":
        rights.send(at, partitioned=grant.kind == "stream")
        return
    queue = queues[grant.resource]
    for action in grant.actions:
        if action == "send":
            rights.send(at, partitioned=queue.ordered, delayed=queue.delayed)
        elif action == "count":
            rights.count(at)
        elif action == "peek":
            rights.receive(at, partitioned=queue.ordered)
    for source, dead in redriven(grant):
        rights.receive(address_of(stream_name(prefix, "queue", dead)), partitioned=queues[dead].ordered)
        to = queues[source]
        rights.send(address_of(stream_name(prefix, "queue", source)), partitioned=to.ordered, delayed=to.delayed)
