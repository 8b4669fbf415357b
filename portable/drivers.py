"""The set of drivers a runtime hands to clients: one method per kind of resource, each called at first use only.

A driver is the narrow, provider-specific half of a pillar; its protocol lives in that pillar's `driver.py`.
An adapter implements `Drivers` in its `runtime/clients.py`: resolve the variable that names the resource
(`variable`), make the driver, keep it for the life of the process. Nothing is opened before the first call.
"""

from __future__ import annotations

import os

from portable.errors import ConfigurationError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Protocol

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
