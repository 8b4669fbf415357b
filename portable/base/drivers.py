"""The set of drivers a runtime hands to clients: one method per kind of resource, each called at first use only.

A driver is the narrow, provider-specific half of a pillar; its protocol lives in that pillar's `driver.py`.
An adapter implements `Drivers` in its `runtime/clients.py`: resolve the variable that names the resource
(`variable`), make the driver, keep it for the life of the process. Nothing is opened before the first call.
"""

# ruff: noqa: D102 - the protocol says once what all its methods promise

from __future__ import annotations

import os

from portable.errors import ConfigurationError, UnsupportedError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any, Protocol

    from portable.eventing.driver import AsyncQueueDriver, AsyncTopicDriver, QueueDriver, TopicDriver
    from portable.eventing.queue import Queue
    from portable.eventing.topic import Topic
    from portable.persistence.driver import AsyncTableDriver, TableDriver
    from portable.persistence.table import Table
    from portable.settings.secret import Secret
    from portable.settings.setting import Setting
    from portable.storage.bucket import Bucket
    from portable.storage.driver import AsyncBucketDriver, BucketDriver

    class Drivers(Protocol):
        """What a runtime hands out. Each method returns the same driver for the same resource.

        Raises ConfigurationError when the variable that names the resource is missing or an extra is not installed,
        UnsupportedError when this runtime has no driver of that kind.
        """

        def bucket(self, bucket: Bucket) -> BucketDriver: ...
        def async_bucket(self, bucket: Bucket) -> AsyncBucketDriver: ...
        def table(self, table: Table) -> TableDriver: ...
        def async_table(self, table: Table) -> AsyncTableDriver: ...
        def queue(self, queue: Queue) -> QueueDriver: ...
        def async_queue(self, queue: Queue) -> AsyncQueueDriver: ...
        def topic(self, topic: Topic) -> TopicDriver: ...
        def async_topic(self, topic: Topic) -> AsyncTopicDriver: ...
        def secret(self, secret: Secret) -> str: ...
        def setting(self, setting: Setting) -> str: ...


def variable_name(kind: str, name: str) -> str:
    """Return the name of the environment variable that holds a resource's address: PORTABLE_BUCKET_PHOTOS."""
    return f"PORTABLE_{kind}_{name}".upper().replace("-", "_")


def variable(kind: str, name: str, environment: Mapping[str, str] | None = None) -> str:
    """Return the provider's own name or address of a resource, from its environment variable.

    `kind` is BUCKET, TABLE, QUEUE, DEAD, TOPIC, SECRET or SETTING. Raises ConfigurationError naming the variable.
    """
    key = variable_name(kind, name)
    value = (os.environ if environment is None else environment).get(key)
    if not value:
        raise ConfigurationError(f'{key} is not set: it must hold the address of the {kind.lower()} "{name}"')
    return value


def missing_extra(extra: str, package: str) -> ConfigurationError:
    """Return the error for a provider's package that is not installed."""
    return ConfigurationError(f'{package} is not installed: pip install "portable-functions[{extra}]"')


class LazyDrivers:
    """The drivers of one adapter: `<package>.storage`, `.persistence`, `.eventing`, `.settings`, imported at first use.

    Each of those modules offers `<kind>_driver(resource, address)` and `async_<kind>_driver(resource, address)`;
    `settings` offers `read_secret(address)` and `read_setting(setting)`. A module the adapter does not have is a
    missing capability: UnsupportedError. One instance serves the process; a driver is made once, also under threads.
    """

    def __init__(self, package: str) -> None:
        self._package = package
        self._made: dict[tuple[str, str], Any] = {}

    def _module(self, pillar: str, kind: str) -> Any:
        from importlib import import_module

        name = f"{self._package}.{pillar}"
        try:
            return import_module(name)
        except ModuleNotFoundError as error:
            if error.name != name:
                raise
            raise UnsupportedError(f"{self._package} has no {kind}") from None

    def _driver(self, pillar: str, kind: str, resource: Any) -> Any:
        key = (kind, resource.name)
        found = self._made.get(key)
        if found is None:
            plain = kind.removeprefix("async_")
            make = getattr(self._module(pillar, plain), f"{kind}_driver")
            dead = getattr(resource, "dead_letters_of", None)
            address = variable("DEAD", dead) if dead else variable(plain.upper(), resource.name)
            found = self._made.setdefault(key, make(resource, address))
        return found

    def bucket(self, bucket: Bucket) -> BucketDriver:
        """Return the driver of a bucket."""
        found: BucketDriver = self._driver("storage", "bucket", bucket)
        return found

    def async_bucket(self, bucket: Bucket) -> AsyncBucketDriver:
        """Return the async driver of a bucket."""
        found: AsyncBucketDriver = self._driver("storage", "async_bucket", bucket)
        return found

    def table(self, table: Table) -> TableDriver:
        """Return the driver of a table."""
        found: TableDriver = self._driver("persistence", "table", table)
        return found

    def async_table(self, table: Table) -> AsyncTableDriver:
        """Return the async driver of a table."""
        found: AsyncTableDriver = self._driver("persistence", "async_table", table)
        return found

    def queue(self, queue: Queue) -> QueueDriver:
        """Return the driver of a queue or of its dead letters."""
        found: QueueDriver = self._driver("eventing", "queue", queue)
        return found

    def async_queue(self, queue: Queue) -> AsyncQueueDriver:
        """Return the async driver of a queue."""
        found: AsyncQueueDriver = self._driver("eventing", "async_queue", queue)
        return found

    def topic(self, topic: Topic) -> TopicDriver:
        """Return the driver of a topic."""
        found: TopicDriver = self._driver("eventing", "topic", topic)
        return found

    def async_topic(self, topic: Topic) -> AsyncTopicDriver:
        """Return the async driver of a topic."""
        found: AsyncTopicDriver = self._driver("eventing", "async_topic", topic)
        return found

    def secret(self, secret: Secret) -> str:
        """Return the value of a secret, re-read when it is older than its time to live."""
        value: str = self._module("settings", "secret").read_secret(variable("SECRET", secret.name))
        return value

    def setting(self, setting: Setting) -> str:
        """Return the value of a setting, else its default."""
        value: str = self._module("settings", "setting").read_setting(setting)
        return value
