"""Pages of keys: takes sorted keys, returns one page; also makes and reads page tokens.

A token is opaque. It holds the key or common prefix after which the next page begins. So it stays valid after a restart
and while objects are created and deleted. A key that exists the whole time is listed exactly once.
"""

from __future__ import annotations

from portable.errors import InvalidValue

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

_MARK = "1:"  # the version of the token format
_BEYOND = "\U0010ffff"  # sorts after every key below a common prefix: real keys do not contain this noncharacter


def page_token(after: str) -> str:
    """Return the token of the page that begins after a key or common prefix."""
    from base64 import urlsafe_b64encode

    return urlsafe_b64encode(f"{_MARK}{after}".encode()).decode().rstrip("=")


def page_start(token: str | None) -> str:
    """Return the text after which the page begins, or "" for the first page.

    Raises InvalidValue for an invalid token.
    """
    if token is None:
        return ""
    from base64 import urlsafe_b64decode

    try:
        text = urlsafe_b64decode(f"{token}{'=' * (-len(token) % 4)}").decode()
    except (ValueError, TypeError):
        text = ""
    if not text.startswith(_MARK):
        raise InvalidValue(f"page={token!r} is not a page token. Give the `next` of the previous page", token)
    return text.removeprefix(_MARK)


def common_prefix(key: str, prefix: str, delimiter: str | None) -> str | None:
    """Return the key up to and including the first delimiter after the prefix, or None if there is no delimiter."""
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
    """Return the keys, the common prefixes and the next token of one page. `keys` must be sorted."""
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
