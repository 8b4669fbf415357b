"""Whether the store can be used: takes a bucket; raises an error that says what is wrong with its address or its keys.

The bucket is asked for an object that nobody has. Whoever has no right to read is told that, and has shown by it that the store
knows the keys. It is asked until it has answered once, because each question to a store may be paid.
"""

from __future__ import annotations

from importlib import import_module

from portable.base.drivers import variable_name
from portable.errors import NotFound, PermissionDenied
from portable_container.runtime.probe import Lacking

TYPE_CHECKING = False
if TYPE_CHECKING:
    from portable.storage.driver import BucketDriver

OBJECT = "_portable/nothing"
"""The key of the object. It does not matter if there is one."""


class StoreProbe:
    """The buckets of a role."""

    def __init__(self, buckets: tuple[tuple[str, str], ...]) -> None:
        """`buckets` are declared names with their names in the store."""
        self._left = list(buckets)

    def ask(self) -> None:
        """Raise an error of the error tree if the store does not answer, and Lacking if there is no such bucket."""
        while self._left:
            _look(*self._left[-1])
            self._left.pop()


def _driver(name: str, address: str) -> BucketDriver:
    """Return the driver of a bucket. Its module is found by its name, because it ships only where there are buckets."""
    from portable.storage.bucket import Bucket

    found: BucketDriver = import_module("portable_container.runtime.storage").bucket_driver(Bucket(name), address)
    return found


def _look(name: str, address: str) -> None:
    try:
        _driver(name, address).get(OBJECT, None)
    except NotFound as error:
        if str(error).startswith("there is no bucket"):
            raise Lacking(
                f'has no bucket "{address}" for the bucket "{name}": make it, or set {variable_name("bucket", name)}'
            ) from None
    except PermissionDenied as error:
        if "AccessDenied" not in str(error):
            raise
