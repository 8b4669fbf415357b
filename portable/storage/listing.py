"""Pages of keys: sorted keys in, one page out; and the page tokens, which are ours and opaque.

A token says after which key or common prefix the next page begins, so it stays good after a restart and while objects
come and go: a key that is there all the time is seen exactly once.
"""

from __future__ import annotations

from portable.errors import InvalidValue

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

_MARK = "1:"  # the version of the token's form
_BEYOND = "\U0010ffff"  # sorts after every key below a common prefix: no key holds this noncharacter in practice


def page_token(after: str) -> str:
    """Return the token of the page that begins after a key or common prefix."""
    from base64 import urlsafe_b64encode

    return urlsafe_b64encode(f"{_MARK}{after}".encode()).decode().rstrip("=")


def page_start(token: str | None) -> str:
    """Return what the page begins after, "" at the start. Raises InvalidValue for a token that is not ours."""
    if token is None:
        return ""
    from base64 import urlsafe_b64decode

    try:
        text = urlsafe_b64decode(f"{token}{'=' * (-len(token) % 4)}").decode()
    except (ValueError, TypeError):
        text = ""
    if not text.startswith(_MARK):
        raise InvalidValue(f"page={token!r} is not a token of a listing: give `next` of the page before", token)
    return text.removeprefix(_MARK)


def common_prefix(key: str, prefix: str, delimiter: str | None) -> str | None:
    """Return the part of the key up to the first delimiter after the prefix, None when there is none."""
    if delimiter is None:
        return None
    at = key.find(delimiter, len(prefix))
    return None if at < 0 else key[: at + len(delimiter)]


def below(common: str) -> str:
    """Return a text that sorts after every key that begins with a common prefix."""
    return common + _BEYOND


def one_page(
    keys: Iterable[str], prefix: str, delimiter: str | None, limit: int, after: str
) -> tuple[list[str], list[str], str | None]:
    """Return the keys, the common prefixes and the next token of one page; `keys` come in sorted order."""
    found: list[str] = []
    prefixes: list[str] = []
    last = ""
    for key in keys:
        if not key.startswith(prefix) or key <= after:
            continue
        common = common_prefix(key, prefix, delimiter)
        if common is not None and (common == last or after.startswith(common)):
            continue
        if len(found) + len(prefixes) == limit:
            return found, prefixes, page_token(last)
        last = key if common is None else common
        (found if common is None else prefixes).append(last)
    return found, prefixes, None
