"""Makes one `objects.Page` from obstore's listing, whose entries come in the order of the store.

obstore lists only whole segments, and it cannot group by delimiter and page at the same time. A `Walk` says what to
list, takes the entries and stops when the page is full. A store that can begin anywhere skips the grouped keys.
"""

from __future__ import annotations

from portable.storage.listing import below, common_prefix, page_start, page_token
from portable.storage.objects import ObjectInfo, Page

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from obstore import ListResult, ObjectMeta

CHUNK = 1000
"""How many entries are requested at once. S3 and Cloud Storage return at most this many."""
_LONGEST_OFFSET = 1000
_JUMPS = 3
"""How many large folders one page skips one by one. After that, one request lists all folders of the level."""


class Walk:
    """Makes one page. While `going` is True: list `folder` from `offset`, and call `take` until it returns False.

    `starts_after`: the store itself begins a listing after a key (S3, Cloud Storage). Else obstore reads and drops the
    earlier keys.
    """

    def __init__(self, prefix: str, delimiter: str | None, limit: int, page: str | None, starts_after: bool) -> None:
        self._prefix = prefix
        self._delimiter = delimiter
        self._limit = limit
        self._after = page_start(page)
        self._starts_after = starts_after
        self._items: list[ObjectInfo] = []
        self._prefixes: list[str] = []
        self._last = ""
        self._jumps = 0
        self._next: str | None = None
        folder, slash, _ = prefix.rpartition("/")
        self.folder = folder or None
        self.going = not slash or not any(
            part in ("", ".", "..") for part in folder.split("/")
        )  # else no key can match
        self.offset = self._begin()

    @property
    def by_levels(self) -> bool:
        """Whether it is cheaper to list one level of folders at once. Then call `take_level` with the result."""
        return self._delimiter == "/" and (not self._starts_after or self._jumps >= _JUMPS)

    def take(self, metas: Sequence[ObjectMeta]) -> bool:
        """Take a chunk of the listing. Return whether more of this listing is needed."""
        skipped = ""
        for meta in metas:
            key = meta["path"]
            if not key.startswith(self._prefix):
                if key > self._prefix:
                    self.going = False
                    return False
                continue
            skipped = ""
            common = common_prefix(key, self._prefix, self._delimiter)
            if key <= self._after:
                continue
            if common is not None and (common == self._last or self._after.startswith(common)):
                skipped = common
                continue
            if not self._add(key if common is None else common, meta if common is None else None):
                return False
        if skipped and self._starts_after and len(skipped.encode()) <= _LONGEST_OFFSET and len(metas) == CHUNK:
            self.offset = below(skipped)
            self._jumps += 1
            return False
        return True

    def end(self) -> None:
        """Mark the listing as finished."""
        self.going = False

    def take_level(self, found: ListResult[Sequence[ObjectMeta]]) -> None:
        """Take a whole level: its objects and its folders."""
        self.going = False
        seen = max(self._after, self._last)
        entries: list[tuple[str, ObjectMeta | None]] = [(meta["path"], meta) for meta in found["objects"]]
        entries += [(f"{path.rstrip('/')}/", None) for path in found["common_prefixes"]]
        for name, meta in sorted(entries, key=lambda entry: entry[0]):
            if name.startswith(self._prefix) and name > seen and not self._add(name, meta):
                return

    def page(self) -> Page:
        """Return the page."""
        return Page(self._items, self._prefixes, self._next)

    def _add(self, name: str, meta: ObjectMeta | None) -> bool:
        if len(self._items) + len(self._prefixes) == self._limit:
            self._next = page_token(self._last)
            self.going = False
            return False
        self._last = name
        if meta is None:
            self._prefixes.append(name)
        else:
            etag = (meta["e_tag"] or "").strip('"')
            self._items.append(ObjectInfo(name, meta["size"], etag, None, {}, meta["last_modified"]))
        return True

    def _begin(self) -> str | None:
        after, delimiter = self._after, self._delimiter
        if after:
            folded = common_prefix(after, self._prefix, delimiter) == after
            return below(after) if folded and len(after.encode()) <= _LONGEST_OFFSET else after
        start = self._prefix.rpartition("/")[2]
        if not start or start[-1] <= "0":  # there is no usable character before such a last character
            return None
        return f"{self._prefix[:-1]}{chr(ord(start[-1]) - 1)}" if start.isascii() else None
