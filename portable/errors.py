"""The error tree: everything portable raises on purpose.

PortableError
├── DeclarationError      a function or resource is declared wrongly; says file:line and what would fit
├── UnsupportedError      this target or driver cannot do it; says which can
├── ConfigurationError    a variable, credential or extra that is needed at run time is missing
├── EventError            not the event that was declared; says what came and what was expected
├── PermissionDenied      the identity, or the client's type, may not do this
├── NotFound              no such object, row, queue or secret (also a LookupError)
├── Conflict              a condition was false: it exists already, or it changed
├── InvalidArgument       what a client was asked to do cannot be (also a ValueError); 400 or 404 when it came with a request
│   ├── InvalidKey        a key, name or metadata entry outside the portable rule
│   ├── InvalidValue      a value or argument that not every store can keep; names the field
│   └── InvalidRange      a byte range outside the object
├── InvalidRow            a stored row that does not fit the table's row type; says the table and the row (also a ValueError)
├── TooLarge              over a limit; names the limit
├── Throttled             the service asks to slow down; retried within the deadline before it is raised
├── Unavailable           the service could not be reached or failed; safe to try again
├── Timeout               the deadline passed first
└── HTTPError             answer this HTTP status; raised by a handler
    ├── InvalidInput      the request cannot be read as declared; says the place of the fault
    └── InProgress        another delivery with the same idempotency key is being handled: come again

The provider's own exception is `__cause__`.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any


class PortableError(Exception):
    """The root of every error that portable raises on purpose."""


class DeclarationError(PortableError):
    """A function or resource is declared wrongly; `where` is "file:line" when it is known, `message` the rest."""

    def __init__(self, message: str, where: str | None = None) -> None:
        super().__init__(f"{where}: {message}" if where else message)
        self.message = message
        self.where = where


class UnsupportedError(PortableError):
    """This target or driver cannot do it."""


class ConfigurationError(PortableError):
    """A variable, credential or extra that is needed at run time is missing."""


class EventError(PortableError):
    """What arrived is not the event the function declared: `expected` and `came` say both in words."""

    def __init__(self, expected: str, came: str) -> None:
        super().__init__(f"expected {expected}, but {came} came")
        self.expected = expected
        self.came = came


class PermissionDenied(PortableError):
    """The identity, or the type of the client, may not do this."""


class NotGranted(PermissionDenied, AttributeError):
    """The client's type does not have this method: another type would grant it."""


class NotFound(PortableError, LookupError):
    """No such object, row, queue or secret."""


class Conflict(PortableError):
    """A condition was false: the thing exists already, or it has changed."""


class InvalidArgument(PortableError, ValueError):
    """What a client was asked to do cannot be: the root of InvalidKey, InvalidValue and InvalidRange.

    `value` is what was refused, None where it is no single value. An HTTP handler that lets the error escape answers
    400 or 404 when the value came with the request (`portable.eventing.blame`).
    """

    def __init__(self, message: str = "", value: Any = None) -> None:
        super().__init__(message)
        self.value = value


class InvalidKey(InvalidArgument):
    """A key, name or metadata entry outside the portable rule."""


class InvalidValue(InvalidArgument):
    """A value or argument that not every store can keep; the message names the field."""


class InvalidRow(PortableError, ValueError):
    """A stored row that does not fit the table's row type: `table` is the table's name, `key` the row's.

    A page that holds such a row is not lost: `page` holds its other rows and the token of the next page, None where no
    page was read. `query` and `scan` leave such rows out with `on_invalid="skip"`.
    """

    def __init__(self, message: str, table: str, key: Any, page: Any = None) -> None:
        super().__init__(message)
        self.table = table
        self.key = key
        self.page = page


class InvalidRange(InvalidArgument):
    """A byte range that the object does not have."""


class TooLarge(PortableError):
    """Over a limit, which the message names."""


class Throttled(PortableError):
    """The service asks to slow down."""


class Unavailable(PortableError):
    """The service could not be reached or failed; the call may be tried again."""


class Timeout(PortableError):
    """The deadline passed before the call was done."""


class HTTPError(PortableError):
    """Answer this HTTP `status`. `detail` is any JSON value; the reply is {"detail": detail}.

    `headers` are added to the reply: a mapping, or pairs where a name may repeat. Raise it anywhere below a handler.
    """

    def __init__(
        self, status: int, detail: Any = None, headers: Mapping[str, str] | list[tuple[str, str]] | None = None
    ) -> None:
        super().__init__(f"HTTP {status}" if detail is None else f"HTTP {status}: {detail}")
        self.status = status
        self.detail = detail
        self.headers = headers


class InvalidInput(HTTPError):
    """The request cannot be read as declared; `at` is the place: "query.limit", "body.items[0].price".

    The reply is {"detail": detail, "at": at}.
    """

    def __init__(self, detail: str, at: str, status: int = 400) -> None:
        super().__init__(status, detail)
        self.at = at

    def __str__(self) -> str:
        return f"{self.at}: {self.detail}"


class InProgress(HTTPError):
    """Another delivery with the same idempotency key is being handled; an HTTP client may try again in `seconds`."""

    def __init__(self, key: str, seconds: int) -> None:
        super().__init__(409, "a request with this idempotency key is being handled", {"retry-after": str(seconds)})
        self.key = key
        self.seconds = seconds
