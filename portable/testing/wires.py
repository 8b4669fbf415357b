"""The transport of a wire: takes requests and deliveries; passes them to the host of a target, and blames whoever failed."""

from __future__ import annotations

from typing import Any

from portable.errors import PortableError, Timeout
from portable.eventing.driver import Received
from portable.eventing.request import Request
from portable.eventing.response import Response
from portable.testing.session.session import Session
from portable.testing.world.pending import PendingEvents
from portable.testing.world.records import Call
from portable.tooling.app.model import FunctionModel
from portable.tooling.run.wired import WiredApp
from portable.tooling.target import TestHost


class WireError(PortableError):
    """An adapter failed although the handler did not: its encoding, decoding or dispatch is wrong."""


class WireTransport:
    """The generated entries of a target, called as its `host` calls them."""

    def __init__(self, session: Session, name: str) -> None:
        self.name = name
        self._session = session
        self._timeout = 30.0
        given = {"_drivers": session.drivers, "_observed": session.observed}
        self._wired = WiredApp(session.app.model, name, given, session.runner.run, lambda: self._timeout)
        self.host: TestHost = self._open()

    def _open(self) -> TestHost:
        return self._wired.host

    def close(self) -> None:
        """Nothing was started."""

    def http(self, request: Request) -> Response:
        """Send a request in the target's form and read its reply."""
        name = self._session.owner(request)
        function = self._session.app.functions[name] if name else None
        self._refuse_gap(name)
        self._timeout = function.timeout if function else 30.0
        return self.host.http(request, function)

    def deliver(self, pending: PendingEvents, deliveries: list[Received]) -> list[str]:
        """Deliver messages in the target's form. Return the receipts of those to deliver again."""
        function, observer = pending.function, self._session.world.observer
        self._refuse_gap(function.name)
        self._timeout = function.timeout
        receipts = {d.message.id: d.receipt for d in deliveries}
        events = [(d.message.id, pending.decode(d.message), d.message.attempt) for d in deliveries]
        begun = len(observer.calls)
        try:
            failed = self.host.deliver(function, events)
        except Exception as error:  # noqa: BLE001 - the handler's or the adapter's own
            self._blame(function, observer.calls[begun:], error)
            return list(receipts.values())
        if failed:
            self._blame(function, observer.calls[begun:], None)
        return [receipts[found] for found in failed]

    def replay(self, name: str, event: Any) -> Response | None:
        """Call a function with a recorded event; what its handler raises is in `cloud.failures`. Raises WireError."""
        function, observer = self._session.app.functions[name], self._session.world.observer
        self._refuse_gap(name)
        self._timeout = function.timeout
        begun = len(observer.calls)
        try:
            return self.host.replay(function, event)
        except Exception as error:  # noqa: BLE001 - the handler's or the adapter's own
            self._blame(function, observer.calls[begun:], error)
            return None

    def _blame(self, function: FunctionModel, calls: list[Call], error: Exception | None) -> None:
        """Raise WireError unless a handler failed: by an error, or by returning which events of its batch failed.

        Where the time of the call was up the handler may not have run at all: another delivery still held what it needs.
        """
        if not isinstance(error, Timeout) and not any(
            call.error is not None or isinstance(call.event, list) for call in calls
        ):
            what = f": {type(error).__name__}: {error}" if error else ""
            raise WireError(f"{self.name} did not accept an event for {function.name}{what}") from error

    def _refuse_gap(self, name: str | None) -> None:
        gap = self._wired.gap(name)
        if gap is not None:
            import pytest

            pytest.skip(f"{self.name} cannot do this: {gap}")
