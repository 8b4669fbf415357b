"""Portable Functions: write a serverless function once, run it on AWS Lambda, Azure Functions and Google Cloud.

A name is imported when it is first used, so a function loads only the modules that it needs.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    __all__: list[str]

    from portable.compute.around import AsyncCall as AsyncCall
    from portable.compute.around import Call as Call
    from portable.compute.around import around as around
    from portable.compute.context import Context as Context
    from portable.compute.depends import Depends as Depends
    from portable.compute.function import function as function
    from portable.compute.retry import Retry as Retry
    from portable.errors import ConfigurationError as ConfigurationError
    from portable.errors import Conflict as Conflict
    from portable.errors import DeclarationError as DeclarationError
    from portable.errors import EventError as EventError
    from portable.errors import HTTPError as HTTPError
    from portable.errors import InvalidInput as InvalidInput
    from portable.errors import InvalidKey as InvalidKey
    from portable.errors import InvalidRange as InvalidRange
    from portable.errors import InvalidRow as InvalidRow
    from portable.errors import InvalidValue as InvalidValue
    from portable.errors import MissingInput as MissingInput
    from portable.errors import NotFound as NotFound
    from portable.errors import PermissionDenied as PermissionDenied
    from portable.errors import PortableError as PortableError
    from portable.errors import Throttled as Throttled
    from portable.errors import Timeout as Timeout
    from portable.errors import TooLarge as TooLarge
    from portable.errors import Unavailable as Unavailable
    from portable.errors import UnsupportedError as UnsupportedError
    from portable.eventing import http as http
    from portable.eventing import schedule as schedule
    from portable.eventing.events import Event as Event
    from portable.eventing.message import Message as Message
    from portable.eventing.outgoing import SendReport as SendReport
    from portable.eventing.principal import Principal as Principal
    from portable.eventing.queue import Queue as Queue
    from portable.eventing.queue_async_clients import AsyncQueueReader as AsyncQueueReader
    from portable.eventing.queue_async_clients import AsyncQueueSender as AsyncQueueSender
    from portable.eventing.queue_clients import QueueReader as QueueReader
    from portable.eventing.queue_clients import QueueSender as QueueSender
    from portable.eventing.record import Record as Record
    from portable.eventing.request import Request as Request
    from portable.eventing.response import Response as Response
    from portable.eventing.schedule import Tick as Tick
    from portable.eventing.stream import Stream as Stream
    from portable.eventing.stream_async_clients import AsyncStreamWriter as AsyncStreamWriter
    from portable.eventing.stream_clients import StreamWriter as StreamWriter
    from portable.eventing.topic import Topic as Topic
    from portable.eventing.topic_async_clients import AsyncTopicPublisher as AsyncTopicPublisher
    from portable.eventing.topic_clients import TopicPublisher as TopicPublisher
    from portable.eventing.uploads import UploadedFile as UploadedFile
    from portable.persistence.async_clients import AsyncTableReader as AsyncTableReader
    from portable.persistence.async_clients import AsyncTableReadWriter as AsyncTableReadWriter
    from portable.persistence.async_clients import AsyncTableWriter as AsyncTableWriter
    from portable.persistence.clients import TableReader as TableReader
    from portable.persistence.clients import TableReadWriter as TableReadWriter
    from portable.persistence.clients import TableWriter as TableWriter
    from portable.persistence.idempotency import Idempotent as Idempotent
    from portable.persistence.query import field as field
    from portable.persistence.query import sort as sort
    from portable.persistence.table import Index as Index
    from portable.persistence.table import Key as Key
    from portable.persistence.table import Table as Table
    from portable.settings.secret import Secret as Secret
    from portable.settings.setting import Setting as Setting
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

_HOMES = """
compute.around AsyncCall Call around
compute.context Context
compute.depends Depends
compute.function function
compute.retry Retry
errors ConfigurationError Conflict DeclarationError EventError HTTPError InvalidInput InvalidKey InvalidRange
errors InvalidRow InvalidValue MissingInput NotFound PermissionDenied PortableError Throttled Timeout TooLarge
errors Unavailable UnsupportedError
eventing.events Event
eventing.http http
eventing.message Message
eventing.outgoing SendReport
eventing.principal Principal
eventing.queue Queue
eventing.queue_async_clients AsyncQueueReader AsyncQueueSender
eventing.queue_clients QueueReader QueueSender
eventing.record Record
eventing.request Request
eventing.response Response
eventing.schedule schedule Tick
eventing.stream Stream
eventing.stream_async_clients AsyncStreamWriter
eventing.stream_clients StreamWriter
eventing.topic Topic
eventing.topic_async_clients AsyncTopicPublisher
eventing.topic_clients TopicPublisher
eventing.uploads UploadedFile
persistence.async_clients AsyncTableReader AsyncTableReadWriter AsyncTableWriter
persistence.clients TableReader TableReadWriter TableWriter
persistence.idempotency Idempotent
persistence.query field sort
persistence.table Index Key Table
settings.secret Secret
settings.setting Setting
storage.async_clients AsyncBucketReader AsyncBucketReadWriter AsyncBucketSigner AsyncBucketWriter
storage.bucket Bucket
storage.clients BucketReader BucketReadWriter BucketSigner BucketWriter
storage.event StoredObject
"""
"""Each module and its public names. It is one text, because reading a mapping of them takes longer at each cold start."""

_MODULES = ("http", "schedule")


def __getattr__(name: str) -> object:
    """Import a public name from the module it lives in (PEP 562)."""
    if name == "__all__":
        return __dir__()
    for line in _HOMES.splitlines():
        if name in line:
            home, *names = line.split()
            if name in names:
                from importlib import import_module

                module = import_module(f"portable.{home}")
                found = module if name in _MODULES else getattr(module, name)
                globals()[name] = found
                return found
    raise AttributeError(f"module 'portable' has no attribute {name!r}")


def __dir__() -> list[str]:
    """List the public names."""
    return sorted(name for line in _HOMES.splitlines() for name in line.split()[1:])
