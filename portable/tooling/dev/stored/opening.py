"""Takes the settings of an app; opens what it keeps on this machine, beside a `portable dev` that runs or without one.

The app is not imported into this process, and what was read of it is cached, so this is fast. A table has no row type here:
what is written into one with a row type goes through `putting`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from portable.tooling.app.files import files_and_leaks
from portable.tooling.app.model import AppModel
from portable.tooling.app.settings import Settings
from portable.tooling.cache import Cache
from portable.tooling.cached_app import Reading, read_app
from portable.tooling.depend.own_metadata import own_metadata
from portable.tooling.dev import state
from portable.tooling.dev.resources import Resources
from portable.tooling.dev.secrets import KnownSecrets, names
from portable.tooling.infra.deploying import Queues

if TYPE_CHECKING:
    from portable.base.drivers import Drivers


@dataclass(frozen=True, slots=True)
class Stored:
    """What an app keeps. `secrets` returns the values that nothing which is shown may hold.

    `stage` is the name of a stage for people, such as "the stage prod on aws", and "" for what is on this machine. `queues` is
    how queues differ there.
    """

    settings: Settings
    app: AppModel
    drivers: Drivers
    secrets: Callable[[], tuple[str, ...]]
    stage: str = ""
    queues: Queues = field(default_factory=Queues)

    @property
    def there(self) -> str:
        """Return " in the stage prod on aws", "" for this machine."""
        return f" in {self.stage}" if self.stage else ""


@contextmanager
def opened(settings: Settings, report: Callable[[str], None]) -> Iterator[Stored]:
    """Open what an app keeps. What is stored in its buckets fires its functions. Raises PortableError."""
    app = read_model(settings, report)
    state.check(settings.project)
    resources = Resources(app, settings.project, "")
    secrets = KnownSecrets(settings.project)
    secrets.named(names(app))
    try:
        yield Stored(settings, app, resources.drivers, secrets)
    finally:
        resources.close()


def read_model(settings: Settings, report: Callable[[str], None]) -> AppModel:
    """Return what is declared, from the cache where the app has not changed since. Raises AppError."""
    files, _ = files_and_leaks(settings)
    own = own_metadata(settings, files.files)
    return read_app(Reading(settings, files, own, None, report), Cache(settings.project)).model
