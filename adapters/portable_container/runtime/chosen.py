"""`Chosen`: what the command line and the environment of an image ask for."""

from __future__ import annotations

from portable.base.values import Value
from portable.errors import ConfigurationError
from portable_container.runtime.addresses import prefix_of, stage_of
from portable_container.runtime.image import ROLES, SCHEDULE, SERVE, WORK
from portable_container.runtime.variables import is_on, whole_number

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from portable_container.runtime.image import Image

COMMANDS = {
    "migrate": "make the tables, roles, streams and consumers of this version, as the administrator",
    "prune": "remove what only older versions used, when none of them runs any more",
    "healthy": "ask whether the roles in this container live, for its HEALTHCHECK",
}
PORT, ADMIN_PORT, STOP_SECONDS = 8080, 9090, 25


class Chosen(Value):
    """What to run: a command, or roles. `functions` are those that the roles serve, take and fire, None for all.

    `events` says whether `serve` takes CloudEvents, `token` what their senders must know. `stop_seconds` is the time that
    all roles have to end. `prefix` is how the names of the stage begin.
    """

    command: str | None
    roles: tuple[str, ...]
    functions: tuple[str, ...] | None
    host: str
    port: int
    admin_port: int
    events: bool
    token: str | None
    stop_seconds: float
    stage: str
    prefix: str

    def runs(self, function: str) -> bool:
        """Return whether the roles run a function."""
        return self.functions is None or function in self.functions


def choose(image: Image, arguments: Sequence[str], environment: Mapping[str, str]) -> Chosen:
    """Return what is asked for. Raises ConfigurationError, and SystemExit with the usage for a wrong command line."""
    found = _parser(image).parse_args(arguments)
    stage = stage_of(environment)
    command, roles = _what(found.what)
    events = bool(found.events) or is_on(environment, "PORTABLE_EVENTS")
    functions = _functions(image, found.functions)
    return Chosen(
        command,
        _busy(image, roles, functions, events=events) if roles else needed(image, events=events),
        functions,
        found.host,
        whole_number(environment, "PORT", PORT, most=65535) if found.port is None else found.port,
        whole_number(environment, "PORTABLE_ADMIN_PORT", ADMIN_PORT, most=65535)
        if found.admin_port is None
        else found.admin_port,
        events,
        _token(environment),
        float(whole_number(environment, "PORTABLE_STOP_SECONDS", STOP_SECONDS)),
        stage,
        prefix_of(image.app, stage),
    )


def needed(image: Image, *, events: bool = False) -> tuple[str, ...]:
    """Return the roles that an app needs. Expired rows are removed by the role `schedule`."""
    swept = any(shape["ttl"] is not None for shape in image.tables)
    asked = {
        SERVE: image.http is not None or events,
        WORK: bool(image.functions),
        SCHEDULE: swept or bool(image.of_kind("schedule")),
    }
    return tuple(role for role in ROLES if asked[role])


def _busy(image: Image, roles: tuple[str, ...], functions: tuple[str, ...] | None, *, events: bool) -> tuple[str, ...]:
    """Return the roles. Raises ConfigurationError for one that would call none of the functions that it was given."""
    for role in roles:
        able = image.run_by(role, events=events)
        if role != SCHEDULE and functions and not set(functions).intersection(able):
            can = f"it runs {', '.join(able)}" if able else "the app has none for it"
            raise ConfigurationError(f"{role} runs none of --functions {','.join(functions)}: {can}")
    return roles


def _parser(image: Image):  # type: ignore[no-untyped-def]
    from argparse import ArgumentParser

    commands = "; ".join(f"{name}: {text}" for name, text in COMMANDS.items())
    parser = ArgumentParser("portable_start.py", description=f"Run {image.app}. Or, alone, {commands}.")
    parser.add_argument(
        "what", nargs="*", metavar="role", help=f"{', '.join(ROLES)}; without one, all that the app needs"
    )
    parser.add_argument("--functions", help="the functions that the roles run, separated by commas; without it, all")
    parser.add_argument("--host", default="0.0.0.0", help="where serve listens")  # noqa: S104 - in a container
    parser.add_argument("--port", type=int, help=f"the port of serve: PORT, else {PORT}")
    parser.add_argument(
        "--admin-port", type=int, help=f"the port of probes and metrics: PORTABLE_ADMIN_PORT, else {ADMIN_PORT}"
    )
    parser.add_argument("--events", action="store_true", help="serve takes CloudEvents: PORTABLE_EVENTS=on")
    return parser


def _what(said: Sequence[str]) -> tuple[str | None, tuple[str, ...]]:
    if len(said) == 1 and said[0] in COMMANDS:
        return said[0], ()
    wrong = [each for each in said if each not in ROLES]
    if wrong:
        raise ConfigurationError(
            f'"{wrong[0]}" is no role: choose any of {", ".join(ROLES)}, or alone one of {", ".join(COMMANDS)}'
        )
    return None, tuple(role for role in ROLES if role in said)


def _functions(image: Image, said: str | None) -> tuple[str, ...] | None:
    if said is None:
        return None
    names = tuple(name for each in said.split(",") if (name := each.strip()))
    known = [*image.served, *(function.name for function in image.functions)]
    for name in names:
        if name not in known:
            raise ConfigurationError(f'--functions names "{name}": the app has {", ".join(known)}')
    return names


def _token(environment: Mapping[str, str]) -> str | None:
    """Return the token, None where nobody is asked for one: one that is empty by mistake must not open the doors."""
    token = environment.get("PORTABLE_EVENTS_TOKEN")
    if token is not None and token.strip() != (token or None):
        raise ConfigurationError(
            "PORTABLE_EVENTS_TOKEN is empty or has a space or line break at an end: correct it, or do not set it at all, if "
            "whoever reaches the port may send events"
        )
    return token
