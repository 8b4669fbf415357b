"""Portable Functions: write a serverless function once, run it on AWS Lambda, Azure Functions and Google Cloud.

Names are imported when first used, so a function pays only for what it names.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from portable.compute.context import Context as Context
    from portable.compute.function import function as function
    from portable.compute.retry import Retry as Retry
    from portable.errors import Conflict as Conflict
    from portable.errors import DeclarationError as DeclarationError
    from portable.errors import EventError as EventError
    from portable.errors import HTTPError as HTTPError
    from portable.errors import NotFound as NotFound
    from portable.errors import PermissionDenied as PermissionDenied
    from portable.errors import PortableError as PortableError
    from portable.errors import Throttled as Throttled
    from portable.errors import TooLarge as TooLarge
    from portable.errors import Unavailable as Unavailable
    from portable.errors import UnsupportedError as UnsupportedError
    from portable.eventing import http as http
    from portable.eventing import schedule as schedule
    from portable.eventing.events import Event as Event
    from portable.eventing.message import Message as Message
    from portable.eventing.queue import Queue as Queue
    from portable.eventing.request import Request as Request
    from portable.eventing.response import Response as Response
    from portable.eventing.schedule import Tick as Tick
    from portable.eventing.topic import Topic as Topic
    from portable.storage.async_clients import AsyncBucketReader as AsyncBucketReader
    from portable.storage.async_clients import AsyncBucketReadWriter as AsyncBucketReadWriter
    from portable.storage.async_clients import AsyncBucketSigner as AsyncBucketSigner
    from portable.storage.async_clients import AsyncBucketWriter as AsyncBucketWriter
    from portable.storage.bucket import Bucket as Bucket
    from portable.storage.clients import BucketReader as BucketReader
    from portable.storage.clients import BucketReadWriter as BucketReadWriter
    from portable.storage.clients import BucketSigner as BucketSigner
    from portable.storage.clients import BucketWriter as BucketWriter
    from portable.storage.event import StoredObject as StoredObject

_HOMES = {
    "compute.context": ("Context",),
    "compute.function": ("function",),
    "compute.retry": ("Retry",),
    "errors": (
        "Conflict",
        "DeclarationError",
        "EventError",
        "HTTPError",
        "NotFound",
        "PermissionDenied",
        "PortableError",
        "Throttled",
        "TooLarge",
        "Unavailable",
        "UnsupportedError",
    ),
    "eventing.events": ("Event",),
    "eventing.http": ("http",),
    "eventing.message": ("Message",),
    "eventing.queue": ("Queue",),
    "eventing.request": ("Request",),
    "eventing.response": ("Response",),
    "eventing.schedule": ("schedule", "Tick"),
    "eventing.topic": ("Topic",),
    "storage.async_clients": ("AsyncBucketReader", "AsyncBucketReadWriter", "AsyncBucketSigner", "AsyncBucketWriter"),
    "storage.bucket": ("Bucket",),
    "storage.clients": ("BucketReader", "BucketReadWriter", "BucketSigner", "BucketWriter"),
    "storage.event": ("StoredObject",),
}
_MODULES = ("http", "schedule")

__all__ = sorted(name for names in _HOMES.values() for name in names)  # noqa: PLE0605


def __getattr__(name: str) -> object:
    """Import a public name from the module it lives in (PEP 562)."""
    for home, names in _HOMES.items():
        if name in names:
            from importlib import import_module

            module = import_module(f"portable.{home}")
            found = module if name in _MODULES else getattr(module, name)
            globals()[name] = found
            return found
    raise AttributeError(f"module 'portable' has no attribute {name!r}")


def __dir__() -> list[str]:
    """List the public names."""
    return __all__
