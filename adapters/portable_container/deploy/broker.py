"""What an app needs of NATS: its functions and resources in; the streams to make, and the users of the server out.

`runtime/nats_streams.make` makes the streams. `users_text` is a file for the server's configuration: `include users.conf`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from portable.eventing.queue import Queue
from portable.tooling.app.model import Grant, ResourceModel
from portable.tooling.infra.blueprint import DeployedFunction
from portable.tooling.infra.places import redriven
from portable_container.deploy.broker_rights import Rights
from portable_container.runtime.nats_names import address_of, stream_name
from portable_container.runtime.nats_streams import consumers, of_queue, of_stream, of_topic

ADMINISTRATOR = "deploy"
"""The identity that makes streams and consumers. No function has it."""


def streams(prefix: str, functions: Iterable[DeployedFunction], resources: Iterable[ResourceModel]) -> list[Any]:
    """Return a pair for each stream: JetStream's configuration of it, and a list of those of its consumers.

    `prefix` is `<app>_<stage>`. A function that takes the messages of a topic or the records of a stream has a consumer
    of its name there, which begins with what is sent after it was made; a stream's may begin with the oldest record.
    """
    readers: dict[tuple[str, str], list[Any]] = {}
    for function in functions:
        kind = function.trigger["kind"]
        if kind in ("topic", "stream"):
            address = f"{stream_name(prefix, kind, function.trigger[kind])}/{function.name}"
            start = "all" if function.trigger.get("start") == "oldest" else "new"
            found = consumers(address, partitioned=kind == "stream", start=start)
            readers.setdefault((kind, function.trigger[kind]), []).extend(found)
    made = []
    for resource in resources:
        address = stream_name(prefix, resource.kind, resource.name)
        own = readers.get((resource.kind, resource.name), [])
        if resource.kind == "queue":
            queue = Queue(resource.name, **resource.options)
            made.append((of_queue(queue, address), consumers(address, partitioned=queue.ordered)))
        elif resource.kind == "topic":
            made.append((of_topic(address), own))
        elif resource.kind == "stream":
            made.append((of_stream(address), own))
    return made


def users(prefix: str, functions: Iterable[DeployedFunction], resources: Iterable[ResourceModel]) -> dict[str, Rights]:
    """Return the rights of the user of each identity, `<app>_<stage>_<identity>`: those of its functions, no others."""
    options = {resource.name: resource.options for resource in resources if resource.kind == "queue"}
    found: dict[str, Rights] = {}
    for function in functions:
        user = f"{prefix}_{function.identity}"
        rights = found.setdefault(user, Rights(user))
        for grant in function.grants:
            _give(rights, prefix, grant, options)
        kind = function.trigger["kind"]
        if kind == "queue":
            name = function.trigger["queue"]
            rights.receive(address_of(stream_name(prefix, "queue", name)), partitioned=_is(options, name, "ordered"))
        elif kind in ("topic", "stream"):
            at = address_of(f"{stream_name(prefix, kind, function.trigger[kind])}/{function.name}")
            rights.receive(at, partitioned=kind == "stream")
    return found


def users_text(prefix: str, found: dict[str, Rights]) -> str:
    """Return the `authorization` block of the server. Passwords come from variables of the server's environment.

    The variable of a user is `PASSWORD_<USER>`; its value begins with a letter and has only letters and digits.
    """
    administrator = f"{prefix}_{ADMINISTRATOR}"
    lines = [f'    {{ user: "{administrator}", password: ${variable_of(administrator)} }}']
    for user, rights in sorted(found.items()):
        lines += [f'    {{ user: "{user}", password: ${variable_of(user)}, permissions: {{', *rights.lines(), "    } }"]
    return "\n".join(["authorization {", "  users: [", *lines, "  ]", "}", ""])


def variable_of(user: str) -> str:
    """Return the name of the variable that holds the password of a user."""
    return "PASSWORD_" + "".join(letter if letter.isalnum() else "_" for letter in user).upper()


def _give(rights: Rights, prefix: str, grant: Grant, options: dict[str, Any]) -> None:
    if grant.kind not in ("queue", "topic", "stream"):
        return
    at = address_of(stream_name(prefix, grant.kind, grant.resource))
    if grant.kind != "queue":
        rights.send(at, partitioned=grant.kind == "stream")
        return
    ordered = _is(options, grant.resource, "ordered")
    for action in grant.actions:
        if action == "send":
            rights.send(at, partitioned=ordered, delayed=_is(options, grant.resource, "delayed"))
        elif action == "count":
            rights.count(at)
        elif action == "peek":
            rights.receive(at, partitioned=ordered)
    for source, dead in redriven(grant):
        for name in (source, dead):
            rights.receive(address_of(stream_name(prefix, "queue", name)), partitioned=_is(options, name, "ordered"))
        rights.send(
            address_of(stream_name(prefix, "queue", source)),
            partitioned=_is(options, source, "ordered"),
            delayed=_is(options, source, "delayed"),
        )


def _is(options: dict[str, Any], queue: str, ability: str) -> bool:
    return bool(options.get(queue, {}).get(ability))
