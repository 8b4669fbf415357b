"""Where the containers of a stage are: `runs` of [tool.portable.container], and the URL of the app."""

from __future__ import annotations

from collections.abc import Mapping

from portable.tooling.infra.remote import Running
from portable.tooling.target import Problem

RUNS = "runs"
"""The key of [tool.portable.container] that says what runs the containers."""
KUBERNETES, COMPOSE = "kubernetes", "compose"
URL, TOKEN = "PORTABLE_URL", "PORTABLE_EVENTS_TOKEN"
"""The variables with the app's address as this machine reaches it, and with what senders of events must know."""


def unfit_runs(table: Mapping[str, object]) -> list[Problem]:
    """Return what is wrong with `runs`."""
    value = table.get(RUNS, KUBERNETES)
    if value in (KUBERNETES, COMPOSE):
        return []
    text = f'[tool.portable.container] {RUNS} = {value!r} must be "{KUBERNETES}" or "{COMPOSE}"'
    return [Problem(text, key=RUNS, rule="setting", instead="correct it, or leave it out")]


def runs(running: Running) -> str:
    """Return what runs the containers of a stage: Kubernetes, unless the app says otherwise."""
    said = [function.details[RUNS] for function in running.blueprint.functions if RUNS in function.details]
    return str(said[0]) if said else KUBERNETES
