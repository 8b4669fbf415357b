"""Converts between obstore's types and ours: attributes, etags, put modes, ranges; and the traits of a store."""

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
"""The metadata name of the mark of a conditional put (`obstore_conditions`). Users never see it."""
_DASHED_MARK = MARK.replace("_", "-")
AT_ONCE = 2
"""How many parts are sent at the same time. It keeps every transfer under 64 MiB of memory."""


class Traits(Value):
    """How a store differs from others.

    `generations`: it replaces an object by its generation, not by its etag (Cloud Storage). `starts_after`: its listing
    can begin after any key (S3, Cloud Storage). `signs_paths`: for this store obstore signs an unescaped path (Cloud
    Storage), so the path must be escaped before. `refuses`: characters that the service changes in a key. A key with
    such a character is refused, because it would be stored under another key. `varied`: one of the many stores with the
    protocol of S3. It may turn `_` in a name of metadata into `-`, and take an etag without its quotes only (Ceph 16.2
    does both).
    """

    generations: bool = False
    starts_after: bool = True
    signs_paths: bool = False
    refuses: str = ""
    varied: bool = False


def client_options(endpoint: str | None = None) -> ClientConfig:
    """Return options for obstore's HTTP client: no limit for a whole transfer, a limit for one without progress.

    The default of obstore is 30 seconds for a whole request with its body. A large object needs more.
    """
    options: ClientConfig = {"timeout": "12h", "connect_timeout": "5s", "read_timeout": "30s"}
    if endpoint is not None and endpoint.startswith("http://"):
        options["allow_http"] = True
    return options


def retry_options() -> RetryConfig:
    """Return options for obstore's retries (408, 429, 5xx, lost connections): one minute, with backoff and jitter."""
    from datetime import timedelta

    return {
        "max_retries": 8,
        "retry_timeout": timedelta(seconds=60),
        "backoff": {"init_backoff": timedelta(milliseconds=100), "max_backoff": timedelta(seconds=5), "base": 2},
    }


def native_attributes(attributes: Attributes) -> Native:
    """Return the attributes in obstore's form."""
    return {"Content-Type": attributes.content_type, **attributes.metadata}


def native_mode(condition: Condition, quoted: bool = True) -> PutMode:
    """Return a condition in obstore's form, for stores that replace by etag."""
    if condition.if_absent:
        return "create"
    if condition.if_match is not None:
        return {"e_tag": f'"{condition.if_match}"' if quoted else condition.if_match}
    return "overwrite"


def mark_of(result: GetResult) -> str | None:
    """Return the mark of the conditional put that stored an object."""
    found: str | None = result.attributes.get(MARK) or result.attributes.get(_DASHED_MARK)
    return found


def native_range(start: int, end: int | None) -> GetOptions:
    """Return a range in obstore's form. `start` is counted from the start of the object."""
    return {"range": (start, end)} if end is not None else {"range": {"offset": start}}


def last_bytes(size: int, wanted: Range) -> int:
    """Return where the last n bytes of an object begin. Not every store supports such a range."""
    return max(0, size + wanted[0])


def head_info(key: str, result: GetResult, varied: bool = False) -> ObjectInfo:
    """Return the ObjectInfo of a reply to HEAD. `varied` is that of the store's traits.

    obstore gives the names in another order each time.
    """
    meta, attributes = result.meta, result.attributes
    metadata = {
        name.replace("-", "_") if varied else name: value
        for name, value in attributes.items()
        if name not in _NOT_METADATA and name not in (MARK, _DASHED_MARK)
    }
    content_type = attributes.get("Content-Type") or DEFAULT_CONTENT_TYPE
    return ObjectInfo(
        key, meta["size"], etag_of(meta["e_tag"]), content_type, dict(sorted(metadata.items())), meta["last_modified"]
    )


def put_info(key: str, size: int, result: PutResult, attributes: Attributes) -> ObjectInfo:
    """Return the ObjectInfo after a put."""
    return ObjectInfo(key, size, etag_of(result["e_tag"]), attributes.content_type, dict(attributes.metadata))


def etag_of(etag: str | None) -> str:
    """Return an etag without its quotes. Events and listings of some stores have no quotes either."""
    return (etag or "").strip('"')
