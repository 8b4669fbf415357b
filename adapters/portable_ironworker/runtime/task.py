"""One task of IronWorker: takes its environment and arguments; returns the exit code of the process.

Sources: iron-io/docs (2023-04-04) worker/reference/payload and configuration-variables: PAYLOAD_FILE, CONFIG_FILE and
TASK_ID; worker/languages/python: older packages give the same in the arguments -payload, -config and -id. Exit code 0 means
that the task succeeded. After any other code IronWorker runs it again, until the retries of its code package are used up.
"""

from __future__ import annotations

import logging
import os
from time import time

from portable.base.logs import current
from portable.base.values import Value
from portable.compute.context import Context
from portable.errors import ConfigurationError, EventError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    Handle = Callable[["Task"], int]

DONE, FAILED, REFUSED = 0, 1, 2
"""Exit codes. A task is refused when it was not meant for this function."""

_log = logging.getLogger("portable")


class Task(Value):
    """A task: its id, and the bytes of its payload."""

    id: str
    payload: bytes


def main(arguments: list[str]) -> int:
    """Run one task. The first argument is the module that handles it; the others come from IronWorker."""
    if not arguments:
        raise ConfigurationError(
            "worker.py was started without a module: use the `command` that workers.json holds for the code package"
        )
    entry, *options = arguments
    configure(_option("CONFIG_FILE", "-config", options))
    from importlib import import_module

    handle: Handle = import_module(entry).handle
    return handle(read_task(options))


def configure(path: str) -> None:
    """Set the code package's config as environment variables. A variable that is already set stays."""
    if not path:
        return
    from json import dumps, loads

    try:
        with open(path, encoding="utf-8") as file:
            values = loads(file.read() or "{}")
    except ValueError as error:
        raise ConfigurationError(
            f"the config of the code package is not JSON: {error}. Run register.py again"
        ) from error
    if not isinstance(values, dict):
        raise ConfigurationError("the config of the code package must be a JSON object of variables and their values")
    for name, value in values.items():
        os.environ.setdefault(name, value if isinstance(value, str) else dumps(value))


def read_task(options: list[str]) -> Task:
    """Return the task of this process. Its payload is empty if it was queued without one."""
    path = _option("PAYLOAD_FILE", "-payload", options)
    payload = b""
    if path:
        with open(path, "rb") as file:
            payload = file.read()
    return Task(_option("TASK_ID", "-id", options) or os.urandom(16).hex(), payload)


def _option(variable: str, option: str, options: list[str]) -> str:
    """Return the value of an environment variable, or else of a command line option, or else ""."""
    found = os.environ.get(variable)
    if found:
        return found
    return options[options.index(option) + 1] if option in options[:-1] else ""


def task_handler(function: str, timeout: int, run: Callable[[Task, Context], bool]) -> Handle:
    """Return the handler of a function's tasks. `run` returns whether it succeeded; EventError: not its kind of task."""

    def handle(task: Task) -> int:
        context = Context(task.id, function, time() + timeout, (task, None))
        token = current.set(context)
        try:
            return DONE if run(task, context) else FAILED
        except EventError as error:
            _log.error("%s was not called: %s", function, error)
            return REFUSED
        except Exception as error:  # noqa: BLE001 - any exception of a handler means that the task failed
            _log.error("%s failed: %s", function, error, exc_info=error)
            return FAILED
        finally:
            current.reset(token)

    return handle
