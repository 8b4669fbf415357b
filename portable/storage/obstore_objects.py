"""obstore's own shapes to ours and back: attributes, etags, put modes, ranges, and what a store can do."""

from __future__ import annotations

from portable.base.values import Value
from portable.storage.objects import DEFAULT_CONTENT_TYPE, ObjectInfo

TYPE_CHECKING = False
if TYPE_CHECKING:
    from obstore import Attributes as Native
    from obstore import GetOptions, GetResult, PutMode, PutResult
    from obstore.store import ClientConfig, RetryConfig

    from portable.storage.driver import Attributes, Condition
    from portable.storage.keys import Range

_NOT_METADATA = frozenset(
    ("Content-Disposition", "Content-Encoding", "Content-Language", "Content-Type", "Cache-Control", "Storage-Class")
)
MARK = "portable_put"
"""The name in an object's metadata of the mark of a conditional put (`obstore_conditions`). Nobody is shown it."""
AT_ONCE = 2
"""Parts under way at the same time: what keeps a transfer of any size under 64 MiB of memory."""


class Traits(Value):
    """What a store does its own way.

    `generations`: it replaces an object under its generation, not its etag (Cloud Storage).
    `starts_after`: its listing begins after any key (S3, Cloud Storage).
    `signs_paths`: obstore signs a path as it is, unescaped, for this store (Cloud Storage): it must be escaped before.
    `refuses`: characters that the service changes in a key; a key with one is refused rather than stored as another.
    """

    generations: bool = False
    starts_after: bool = True
    signs_paths: bool = False
    refuses: str = ""


def client_options(endpoint: str | None = None) -> ClientConfig:
    """Return options for obstore's HTTP client: no end for a whole transfer, an end for one that stands still.

    obstore's own end is 30 seconds for a whole request, body included, which no large object keeps.
    """
    options: ClientConfig = {"timeout": "12h", "connect_timeout": "5s", "read_timeout": "30s"}
    if endpoint is not None and endpoint.startswith("http://"):
        options["allow_http"] = True
    return options


def retry_options() -> RetryConfig:
    """Return options for obstore's retries (408, 429, 5xx, lost connections): for a minute, with backoff and jitter."""
    from datetime import timedelta

    return {
        "max_retries": 8,
        "retry_timeout": timedelta(seconds=60),
        "backoff": {"init_backoff": timedelta(milliseconds=100), "max_backoff": timedelta(seconds=5), "base": 2},
    }


def native_attributes(attributes: Attributes) -> Native:
    """Return obstore's form of what is stored beside the bytes."""
    return {"Content-Type": attributes.content_type, **attributes.metadata}


def native_mode(condition: Condition) -> PutMode:
    """Return obstore's form of a condition, for stores that replace by etag."""
    if condition.if_absent:
        return "create"
    if condition.if_match is not None:
        return {"e_tag": f'"{condition.if_match}"'}
    return "overwrite"


def native_range(start: int, end: int | None) -> GetOptions:
    """Return obstore's form of a range that begins at the start of the object."""
    return {"range": (start, end)} if end is not None else {"range": {"offset": start}}


def last_bytes(size: int, wanted: Range) -> int:
    """Return where the last n bytes of an object begin: stores differ in whether they know such a range."""
    return max(0, size + wanted[0])


def head_info(key: str, result: GetResult) -> ObjectInfo:
    """Return what the answer to a HEAD says."""
    meta, attributes = result.meta, result.attributes
    metadata = {name: value for name, value in attributes.items() if name not in _NOT_METADATA and name != MARK}
    content_type = attributes.get("Content-Type") or DEFAULT_CONTENT_TYPE
    return ObjectInfo(key, meta["size"], etag_of(meta["e_tag"]), content_type, metadata, meta["last_modified"])


def put_info(key: str, size: int, result: PutResult, attributes: Attributes) -> ObjectInfo:
    """Return what is known after a put."""
    return ObjectInfo(key, size, etag_of(result["e_tag"]), attributes.content_type, dict(attributes.metadata))


def etag_of(etag: str | None) -> str:
    """Return an etag without its quotes, as events and listings of some stores have it."""
    return (etag or "").strip('"')
