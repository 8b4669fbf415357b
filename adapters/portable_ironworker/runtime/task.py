"""One task of IronWorker: its environment and arguments in, the exit code of the process out.

Sources: iron-io/docs (2023-04-04) worker/reference/payload and configuration-variables: PAYLOAD_FILE, CONFIG_FILE and
TASK_ID; worker/languages/python: older packages tell the same by the arguments -payload, -config and -id. Exit code 0 is a
complete task. A task with any other code is an error, and is run again while its code package has retries.
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
"""Exit codes. A task that is refused was not for this function."""

_log = logging.getLogger("portable")


class Task(Value):
    """A task: its id, and the bytes of its payload."""

    id: str
    payload: bytes


def main(arguments: list[str]) -> int:
    """Run one task: the first argument is the module that takes it, what follows is the platform's."""
    if not arguments:
        raise ConfigurationError("no module is named: the `command` of each code package is in workers.json")
    entry, *told = arguments
    configure(_told("CONFIG_FILE", "-config", told))
    from importlib import import_module

    handle: Handle = import_module(entry).handle
    return handle(read_task(told))


def configure(path: str) -> None:
    """Make variables of the code package's config; one that the process has already stays."""
    if not path:
        return
    from json import dumps, loads

    try:
        with open(path, encoding="utf-8") as file:
            values = loads(file.read() or "{}")
    except ValueError as error:
        raise ConfigurationError(f"the config of the code package is no JSON: {error}") from error
    if not isinstance(values, dict):
        raise ConfigurationError("the config of the code package must be a JSON object of variables and their values")
    for name, value in values.items():
        os.environ.setdefault(name, value if isinstance(value, str) else dumps(value))


def read_task(told: list[str]) -> Task:
    """Return the task of this process. One that was queued without a payload has an empty one."""
    path = _told("PAYLOAD_FILE", "-payload", told)
    payload = b""
    if path:
        with open(path, "rb") as file:
            payload = file.read()
    return Task(_told("TASK_ID", "-id", told) or os.urandom(16).hex(), payload)


def _told(variable: str, option: str, told: list[str]) -> str:
    """Return what a variable says, else what follows an option, else ""."""
    found = os.environ.get(variable)
    if found:
        return found
    return told[told.index(option) + 1] if option in told[:-1] else ""


def running(function: str, timeout: int, run: Callable[[Task, Context], bool]) -> Handle:
    """Return what takes a function's tasks; `run` raises EventError for a foreign task, and tells whether it is done."""

    def handle(task: Task) -> int:
        context = Context(task.id, function, time() + timeout, (task, None))
        token = current.set(context)
        try:
            return DONE if run(task, context) else FAILED
        except EventError as error:
            _log.error("%s was not called: %s", function, error)
            return REFUSED
        except Exception as error:  # noqa: BLE001 - whatever a handler raises is a failed task
            _log.error("%s failed: %s", function, error, exc_info=error)
            return FAILED
        finally:
            current.reset(token)

    return handle
