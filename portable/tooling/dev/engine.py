"""`Engine`: a running app as the dashboard sees it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol

from msgspec import Struct

from portable.tooling.app.model import AppModel
from portable.tooling.app.settings import Settings
from portable.tooling.dev.journal.reading import Journal

if TYPE_CHECKING:
    from portable.base.drivers import Drivers


class Broken(Struct, frozen=True):
    """Why the newest source of the app does not run: an error, its "file:line" or "", the user's own traceback or ""."""

    error: str
    where: str = ""
    traceback: str = ""


class Schedule(Struct, frozen=True):
    """A schedule of a function: its next moments and the one when it was last fired, all aware and in UTC."""

    function: str
    expression: str
    timezone: str
    days: int
    next: tuple[datetime, ...]
    last: datetime | None


class Engine(Protocol):
    """An app that runs. It has no functions when it could not be loaded; `broken` says why."""

    settings: Settings
    journal: Journal

    @property
    def drivers(self) -> Drivers:
        """The drivers of the app's resources, which note nothing. What is stored in a bucket fires its functions."""
        ...

    @property
    def stopping(self) -> bool:
        """Whether this process was told to end, so that another one serves."""
        ...

    @property
    def app(self) -> AppModel:
        """What the app declares."""
        ...

    @property
    def broken(self) -> Broken | None:
        """What is wrong with the newest source, None if it runs."""
        ...

    @property
    def handlers(self) -> Mapping[str, Callable[..., Any]]:
        """The handlers of functions by name, as their modules hold them."""
        ...

    def fire(self, function: str, event: dict[str, Any], wire: str = "") -> str:
        """Call a function once with an event as plain data, and return the id of the invocation when it has ended.

        What the handler raises is in the invocation. It blocks, so an event loop calls it in a thread. Raises Unfit for
        an event that does not fit, PortableError for a wire that cannot bring it.
        """
        ...

    def replay(self, function: str, event: Any, wire: str) -> str:
        """Call a function once with the event of a provider, as JSON values, and return the id of the invocation.

        Raises Unfit for an event that the provider's adapter does not read.
        """
        ...

    def hide(self, value: str) -> None:
        """Hide a text as the value of a secret is hidden, wherever calls are noted or shown."""
        ...

    def schedules(self) -> list[Schedule]:
        """Return the schedules of the app."""
        ...

    def resource(self, kind: str, name: str) -> Any:
        """Return a declared resource. Raises LookupError."""
        ...
