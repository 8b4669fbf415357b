"""The examples of the page on errors; they run from top to bottom."""

# --- PortableError
from portable import Bucket, PortableError
from portable.testing import memory

photos = Bucket("photos")
store = memory(photos)
try:
    store.get("missing.jpg")
except PortableError as error:
    assert type(error).__name__ == "NotFound"

# --- DeclarationError
from portable import DeclarationError

try:
    Bucket("No Good")
except DeclarationError as error:
    assert "must have 2 to 40 characters" in error.message

# --- UnsupportedError
from portable import UnsupportedError

try:
    store.unwrap(dict)
except UnsupportedError:
    print("behind a bucket in memory there is no dict")

# --- ConfigurationError
from portable import BucketReader, ConfigurationError
from portable.base.drivers import LazyDrivers

here = BucketReader(photos, LazyDrivers("portable_local.runtime"))  # as a generated entry makes it
try:
    here.get("cat.jpg")
except ConfigurationError as error:
    assert "PORTABLE_BUCKET_PHOTOS is not set" in str(error)

# --- PermissionDenied
from portable import PermissionDenied

try:
    here.put("cat.jpg", b"")  # type: ignore[attr-defined]
except PermissionDenied as error:
    assert "Declare the parameter as BucketWriter or BucketReadWriter" in str(error)

# --- EventError
from portable import EventError
from portable_aws.runtime.schedule import decode

try:
    decode({"Records": [{"eventSource": "aws:sqs"}]})  # a queue's event for a schedule's function
except EventError as error:
    assert error.expected.startswith("a schedule")

# --- NotFound
from typing import Annotated

from portable import HTTPError, NotFound, function, http


@function(http.get("/photos/{name}"))
def photo(name: str, store: Annotated[BucketReader, photos]) -> bytes:
    try:
        return store.get(name)
    except NotFound:
        raise HTTPError(404, f"there is no photo {name}") from None


# --- HTTPError
from portable import HTTPError

try:
    photo("missing.jpg", store)
except HTTPError as error:
    assert (error.status, error.detail) == (404, "there is no photo missing.jpg")

busy = HTTPError(503, {"busy": True}, headers={"retry-after": "5"})  # the reply is {"detail": {"busy": true}}

# --- InvalidInput
from portable import InvalidInput
from portable.testing import events

try:
    events.http("POST", "/", content=b"{", headers={"content-type": "application/json"}).json()
except InvalidInput as error:
    assert (error.status, error.at) == (400, "body")

# --- MissingInput
from portable import MissingInput

try:
    events.http("GET", "/?page=2").query["size"]
except MissingInput as error:
    assert (error.status, error.at) == (400, "query.size")

# --- Conflict
from portable import Conflict

store.put("cat.jpg", b"meow", if_absent=True)
try:
    store.put("cat.jpg", b"woof", if_absent=True)
except Conflict:
    assert store.get("cat.jpg") == b"meow"

# --- InvalidKey
from portable import InvalidKey

try:
    store.put("../secret", b"")
except InvalidKey as error:
    assert error.value == "../secret"

# --- InvalidValue
from portable import InvalidValue

try:
    store.list(limit=0)
except InvalidValue as error:
    assert isinstance(error, ValueError)

# --- InvalidRange
from portable import InvalidRange

try:
    store.get("cat.jpg", range=(100, 200))
except InvalidRange:
    print("cat.jpg has 4 bytes")

# --- InvalidRow
from dataclasses import dataclass

from portable import InvalidRow, Table, TableReader


@dataclass
class Order:
    id: str
    total: int


orders = Table("orders", row=Order, key="id")


@function(http.get("/orders"))
def every_order(rows: Annotated[TableReader[Order], orders]) -> list[Order]:
    try:
        page = rows.scan()
    except InvalidRow as error:  # another program, or an older release, wrote a row that does not fit
        print("left out:", error.table, error.key)
        page = error.page
    return page.items


assert every_order(memory(orders)) == []

# --- TooLarge
from portable import Queue, TooLarge

jobs = Queue("jobs")
try:
    memory(jobs).send("x" * 100_000)
except TooLarge as error:
    print(error)

# --- Throttled
from portable import Throttled


@function(http.get("/busy/{name}"))
def patient(name: str, store: Annotated[BucketReader, photos]) -> bytes:
    try:
        return store.get(name)
    except Throttled:  # it was tried again until the deadline
        raise HTTPError(503, headers={"retry-after": "5"}) from None


assert patient("cat.jpg", store) == b"meow"

# --- Unavailable
from portable import Message, Unavailable


@function(jobs.messages())
def work(message: Message[str]) -> None:
    if message.payload == "late":
        raise Unavailable("the bank does not answer")  # a failed attempt: the message comes again


work(events.message("now"))

# --- Timeout
from portable import Timeout


@function(http.get("/slow/{name}"))
def hurried(name: str, store: Annotated[BucketReader, photos]) -> bytes:
    try:
        return store.get(name)
    except Timeout:
        raise HTTPError(504, "the bucket took too long") from None


assert hurried("cat.jpg", store) == b"meow"
