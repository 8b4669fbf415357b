"""The portable rules for keys, metadata, content types, ranges and expiry: each check returns its argument or raises.

Clients apply them before any driver is called, so what works on one store works on every store. Sources: S3 object key
naming (1,024 bytes), Azure blob naming (254 segments, no `.`-only segments), Cloud Storage object naming (no CR or LF,
not `.` or `..`). Metadata names are C# identifiers (Azure) in lower case (S3 returns lower case), and all metadata has
at most 2 KB (S3).
"""

from __future__ import annotations

from portable.errors import InvalidKey, InvalidRange, InvalidValue, TooLarge

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    Range = tuple[int, int | None]
    """The bytes from `start` to before `end` (None: to the end of the object); or (-n, None) for the last n bytes."""

LONGEST = 1024
SEGMENTS = 254
METADATA_BYTES = 2048
MOST_ITEMS = 1000
LONGEST_EXPIRY = 604_800
"""The longest validity of a signed URL, in seconds: seven days (S3 and Cloud Storage)."""

_NAME = frozenset("abcdefghijklmnopqrstuvwxyz_0123456789")


def check_key(key: str) -> str:
    """Return the key. Raises InvalidKey for an invalid key.

    A key is text of 1 to 1,024 UTF-8 bytes, without control characters and without an empty, `.` or `..` segment.
    """
    if not isinstance(key, str):
        raise InvalidKey(f"a key must be text, not {type(key).__name__}", key)
    if not key.isascii() or len(key) > LONGEST or not key.isprintable():
        _check_text("key", key)
    segments = key.split("/")
    if len(segments) > SEGMENTS:
        raise InvalidKey(f"key {key[:60]!r}… has more than {SEGMENTS} segments (parts between slashes)", key)
    if "" in segments or "." in segments or ".." in segments:
        raise InvalidKey(
            f'the key {key!r} cannot be used: a key has at least one character, and no part of it between "/" may be empty, "." or ".."',
            key,
        )
    return key


def check_prefix(prefix: str, what: str = "prefix") -> str:
    """Return the prefix. It may be empty or end anywhere. Raises InvalidKey if no key can begin with it."""
    if not isinstance(prefix, str):
        raise InvalidKey(f"{what} must be text, not {type(prefix).__name__}", prefix)
    _check_text(what, prefix)
    return prefix


def _check_text(what: str, text: str) -> None:
    try:
        length = len(text.encode())
    except UnicodeEncodeError:
        raise InvalidKey(f"{what} {text!r} is not valid Unicode: it has half of a surrogate pair", text) from None
    if length > LONGEST:
        raise InvalidKey(f"{what} {text[:60]!r}… has {length} UTF-8 bytes, but the limit is {LONGEST}", text)
    for character in text:
        if character < " " or "\x7f" <= character <= "\x9f" or character in "\ufffe\uffff":
            raise InvalidKey(f"{what} {text!r} has the control character {character!r}", text)


def check_metadata(metadata: Mapping[str, str] | None) -> dict[str, str]:
    """Return a copy, sorted by name. Raises InvalidKey for a name other than `[a-z_][a-z0-9_]*` or a value that stores change.

    A value must be printable ASCII and not empty, without spaces at its ends and without two spaces in a row. Raises
    TooLarge for more than 2,048 bytes in total.
    """
    if not metadata:
        return {}
    total = 0
    for name, value in metadata.items():
        if not isinstance(name, str) or not name or not _NAME.issuperset(name) or name[0].isdigit():
            raise InvalidKey(
                f"metadata name {name!r} must have only lower case letters, digits and _, and must not begin with a digit",
                name,
            )
        if not isinstance(value, str) or not value or not value.isascii() or not value.isprintable():
            raise InvalidKey(
                f"metadata {name} must be printable ASCII text, not {value!r}. Encode other characters", value
            )
        if value != value.strip() or "  " in value:
            raise InvalidKey(
                f"metadata {name} must not have spaces at its ends or two spaces in a row: {value!r}", value
            )
        total += len(name) + len(value)
    if total > METADATA_BYTES:
        raise TooLarge(f"metadata has {total} bytes (names and values), but the limit is {METADATA_BYTES}")
    return dict(sorted(metadata.items()))


def check_content_type(content_type: str | None) -> str | None:
    """Return the content type. Raises InvalidValue unless it is ASCII `type/subtype`, with optional parameters."""
    if content_type is None:
        return None
    if isinstance(content_type, str) and content_type.isascii() and content_type.isprintable():
        kind, slash, rest = content_type.partition("/")
        subtype = rest.partition(";")[0].strip()
        plain = content_type == content_type.strip() and " " not in kind + subtype
        if slash and kind and subtype and plain and len(content_type) <= 255:
            return content_type
    raise InvalidValue(f'content_type {content_type!r} is not a media type such as "image/jpeg"', content_type)


def check_etag(etag: str | None) -> str | None:
    """Return the etag. Raises InvalidValue unless it is None or an etag as ObjectInfo has it."""
    if etag is None or (isinstance(etag, str) and etag and etag.isascii() and etag.isprintable()):
        return etag
    raise InvalidValue(f"if_match={etag!r} is not an etag. Give ObjectInfo.etag", etag)


def check_range(wanted: Range | None) -> Range | None:
    """Return the range. Raises InvalidRange unless it is a non-empty (start, end), (start, None) or (-n, None)."""
    if wanted is None:
        return None
    if isinstance(wanted, tuple) and len(wanted) == 2:
        start, end = wanted
        if _is_count(start) and (end is None or (_is_count(end) and 0 <= start < end)):
            return (start, end)
    raise InvalidRange(
        f"range={wanted!r} must be (start, end) of at least one byte, (start, None), or (-n, None) for the last n bytes",
        wanted,
    )


def check_expires(expires: int) -> int:
    """Return the validity of a signed URL in seconds. Raises InvalidValue outside 1 to 604,800."""
    if _is_count(expires) and 1 <= expires <= LONGEST_EXPIRY:
        return expires
    raise InvalidValue(f"expires={expires!r} must be from 1 to {LONGEST_EXPIRY} seconds", expires)


def check_limit(limit: int) -> int:
    """Return the largest number of entries of a page. Raises InvalidValue outside 1 to 1,000."""
    if _is_count(limit) and 1 <= limit <= MOST_ITEMS:
        return limit
    raise InvalidValue(f"limit={limit!r} must be from 1 to {MOST_ITEMS}", limit)


def check_delimiter(delimiter: str | None) -> str | None:
    """Return the delimiter, or None if it is not given. Raises InvalidValue if it is not text."""
    if delimiter is None or delimiter == "":
        return None
    if isinstance(delimiter, str):
        return check_prefix(delimiter, "delimiter")
    raise InvalidValue(f"delimiter={delimiter!r} must be text", delimiter)


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)
