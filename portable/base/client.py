"""The base of every client: a resource and the drivers of a runtime in, permitted methods only.

One class per permission. A client opens nothing until its first call. A method that another class of the same kind
would grant raises NotGranted, which is a PermissionDenied and an AttributeError.
"""

from __future__ import annotations

from portable.errors import NotGranted, UnsupportedError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, ClassVar, TypeVar

    from portable.base.drivers import Drivers

    N = TypeVar("N")


class Client:
    """A resource through one permission. Subclasses set `kind`, `actions` and, per kind, `granted_by`.

    Each call may raise, beside what its own text says: PermissionDenied, ConfigurationError when the variable that
    holds the resource's address is not set or an extra is not installed, Throttled and Unavailable after it was tried
    again with growing pauses, and Timeout when the deadline of the function came first.
    """

    __slots__ = ("_driver", "_drivers", "resource")

    kind: ClassVar[str]
    """The kind of resource: bucket, table, queue or topic."""
    actions: ClassVar[tuple[str, ...]]
    """The portable actions this class grants; adapters turn them into the provider's least privilege."""
    granted_by: ClassVar[dict[str, str]] = {}
    """Method name -> the class that grants it, for the error message."""
    asynchronous: ClassVar[bool] = False

    def __init__(self, resource: Any, drivers: Drivers) -> None:
        self.resource = resource
        self._drivers = drivers
        self._driver: Any = None

    def _connect(self) -> Any:
        """Return the driver, made at the first call."""
        driver = self._driver
        if driver is None:
            drivers = self._drivers
            made = drivers.async_of(self.resource) if self.asynchronous else drivers.of(self.resource)
            driver = self._driver = made
        return driver

    def unwrap(self, native: type[N]) -> N:
        """Return the provider's own client of type `native`. Raises UnsupportedError when there is none."""
        found = self._connect().unwrap(native)
        if not isinstance(found, native):
            raise UnsupportedError(f"{type(self).__name__} of {self.resource!r} has no {native.__name__} to unwrap")
        return found

    if not TYPE_CHECKING:  # a checker must see that the method is not there

        def __getattr__(self, name):
            grantor = self.granted_by.get(name)
            if grantor is None:
                raise AttributeError(f"{type(self).__name__} has no attribute {name!r}")
            raise NotGranted(
                f'{type(self).__name__} of {self.kind} "{self.resource.name}" may not {name}: declare {grantor}'
            )

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.resource!r})"
