"""The test kit: an in-memory cloud of the app under test, the event formats of every target, and accidents. Never ships.

Names are imported when first used, so a pytest run that does not use the kit does not pay for it.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    __all__: list[str]

    from portable.testing import events as events
    from portable.testing.cloud import Cloud as Cloud
    from portable.testing.cloud import replay as replay
    from portable.testing.idempotent import NotIdempotent as NotIdempotent
    from portable.testing.idempotent import assert_idempotent as assert_idempotent
    from portable.testing.marks import at_least_once as at_least_once
    from portable.testing.marks import every_wire as every_wire
    from portable.testing.recording import record as record
    from portable.testing.session.settling import TooManyDeliveries as TooManyDeliveries
    from portable.testing.standalone import async_memory as async_memory
    from portable.testing.standalone import memory as memory
    from portable.testing.world.records import Metric as Metric

# no module may have the name of a public name: once imported, it would hide that name
_HOMES = {
    "Cloud": "cloud",
    "Metric": "world.records",
    "NotIdempotent": "idempotent",
    "TooManyDeliveries": "session.settling",
    "assert_idempotent": "idempotent",
    "async_memory": "standalone",
    "at_least_once": "marks",
    "every_wire": "marks",
    "memory": "standalone",
    "record": "recording",
    "replay": "cloud",
}

if not TYPE_CHECKING:  # a type checker reads no call here
    __all__ = sorted((*_HOMES, "events"))


def __getattr__(name: str) -> object:
    """Import a public name from the module it lives in (PEP 562)."""
    from importlib import import_module

    if name == "events":
        found: object = import_module("portable.testing.events")
    elif name in _HOMES:
        found = getattr(import_module(f"portable.testing.{_HOMES[name]}"), name)
    else:
        raise AttributeError(f"module 'portable.testing' has no attribute {name!r}")
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    """List the public names."""
    return __all__
