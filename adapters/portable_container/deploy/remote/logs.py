"""What of a log is wanted -> what kubectl or Docker Compose is asked, and what it prints as lines.

https://kubernetes.io/docs/reference/kubectl/generated/kubectl_logs/ and
https://docs.docker.com/reference/cli/docker/compose/logs/
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime

from portable.errors import NotFound
from portable.tooling.infra.remote import LogLine, LogsWanted, Running
from portable_container.deploy.kubernetes_objects import of_app
from portable_container.deploy.remote.command import printed
from portable_container.deploy.remote.places import COMPOSE, runs
from portable_container.deploy.roles import Role
from portable_container.deploy.site import Site
from portable_container.runtime.image import SCHEDULE, WORK

CONTAINER = "app"
"""The container of a pod that is ours: Knative adds one."""
_POD = re.compile(r"\[pod/(?P<name>[^/\]]+)/[^\]]+\] (?P<at>\S+) ?(?P<text>.*)", re.DOTALL)
_SERVICE = re.compile(r"(?P<name>[\w.-]+?)-\d+ +\| (?P<at>\S+) ?(?P<text>.*)", re.DOTALL)


def read(running: Running, wanted: LogsWanted) -> Iterator[LogLine]:
    """Yield the lines of the roles that run the wanted functions. Raises NotFound when none of them is there."""
    site = Site(running.blueprint, running.stage)
    names = {function.name for function in wanted.functions}
    whole = len(names) == len(running.blueprint.functions)
    roles = [role for role in site.roles if whole or names & {function.name for function in role.functions}]
    since = wanted.since.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    what = f"reading the logs of {site.namespace}"
    if runs(running) == COMPOSE:
        told, install = compose(site, roles, since), "install Docker with its plugin compose"
    else:
        told, install = (
            kubectl(site, roles, since, whole=whole),
            'install it, or say [tool.portable.container] runs = "compose"',
        )
    try:
        yield from parsed(printed(what, told, install), roles, site.namespace)
    except NotFound as error:
        raise NotFound(f"{error}. {running.deploy_first}, or choose another cluster or machine") from error


def kubectl(site: Site, roles: list[Role], since: str, *, whole: bool) -> list[str]:
    """Return the command for pods. A selector gets ten lines of each pod unless `--tail` says otherwise."""
    chosen = [f"{label}={value}" for label, value in of_app(site).items()]
    if not whole:
        names = [name for role in roles for name in _components(role)]
        chosen.append(f"app.kubernetes.io/component in ({','.join(names)})")
    options = ["--prefix", "--timestamps", "--tail=-1", "--ignore-errors", f"--since-time={since}"]
    return [
        "kubectl",
        "logs",
        f"--namespace={site.namespace}",
        f"--selector={','.join(chosen)}",
        f"--container={CONTAINER}",
        *options,
    ]


def compose(site: Site, roles: list[Role], since: str) -> list[str]:
    """Return the command for services. Compose finds the project by its containers, in whatever folder the file is."""
    options = ["--no-color", "--timestamps", f"--since={since}"]
    return ["docker", "compose", f"--project-name={site.namespace}", "logs", *options, *(role.name for role in roles)]


def parsed(lines: Iterator[str], roles: list[Role], project: str) -> Iterator[LogLine]:
    """Yield what is printed as lines. A line is known by where and when it was written, its text, and its number among equals."""
    equals: Counter[str] = Counter()
    for line in lines:
        found = _POD.fullmatch(line) or _SERVICE.fullmatch(line)
        at = None if found is None else _moment(found["at"])
        if found is None or at is None:  # words of the program itself
            continue
        name = found["name"].removeprefix(f"{project}-")
        equals[line] += 1
        yield LogLine(f"{line} {equals[line]}", at, _function(name, roles), found["text"])


def _moment(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text).astimezone(UTC)
    except ValueError:
        return None


def _components(role: Role) -> list[str]:
    """Return the component of a role's pods, and that of the service by which Knative runs it."""
    return [role.name, role.events] if role.kind == WORK else [role.name]


def _function(name: str, roles: list[Role]) -> str:
    """Return the function of a role that has only one, else the role, by the name of a pod or a service."""
    named = [(component, role) for role in roles for component in _components(role)]
    fitting = [(component, role) for component, role in named if f"{name}-".startswith(f"{component}-")]
    if not fitting:
        return name
    _, role = max(fitting, key=lambda each: len(each[0]))
    if role.kind == SCHEDULE or len(role.functions) != 1:
        return role.name
    return role.functions[0].name
