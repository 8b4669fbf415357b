"""`Resources`: what an app keeps on this machine, opened: its drivers, the queues of its functions, and the files beside them."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from portable.tooling.app.model import AppModel
from portable.tooling.dev.kinds.buckets import EventedDrivers
from portable.tooling.dev.kinds.outbox import Outbox
from portable.tooling.dev.kinds.signing import Signer
from portable.tooling.dev.state import journal_of, state_of
from portable.tooling.target import LocalResources
from portable.tooling.targets import here

if TYPE_CHECKING:
    from portable.tooling.dev.tokens import DevTokens


class Resources:
    """The resources of an app. `origin` is how this server is reached, `local` those of this machine's target."""

    def __init__(self, app: AppModel, project: Path, origin: str, local: LocalResources | None = None) -> None:
        local = local or here()[1]
        folder = self._folder = state_of(project)
        for variable, address in local.addresses(app, project).items():
            os.environ.setdefault(variable, address)
        for function in app.functions:
            for variable, value in function.environment:
                os.environ.setdefault(variable, value)
        self._told: Callable[[], None] = lambda: None
        self.journal = journal_of(project)
        self.queues = local.feeds(app, project)
        self.signer = Signer(folder / "signing.key", origin)
        self._outbox = Outbox(folder / "outbox.sqlite", app, self.queues, self.sent)
        self.drivers = EventedDrivers(local.drivers(project), self._outbox, self.signer)
        self._outbox.reconcile(self.drivers)

    def tokens(self, app: AppModel) -> DevTokens | None:
        """Return the tokens of this machine, for an app that takes some."""
        if not any(function.auth is not None and function.auth.kind == "jwt" for function in app.http()):
            return None
        from portable.tooling.dev.tokens import DevTokens

        return DevTokens(app, self._folder)

    def on_sent(self, told: Callable[[], None]) -> None:
        """Tell of every message that is sent from now on."""
        self._told = told

    def sent(self) -> None:
        """Take note that something was sent."""
        self._told()

    def close(self) -> None:
        """Close the files."""
        self._outbox.close()
