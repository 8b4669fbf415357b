"""`Principal`: who calls a route with `auth=`."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any


class Principal:
    """Who calls: `subject` is their name, `scopes` is what they may do, `claims` is what else is known of them.

    A parameter of this type gets it. With `http.jwt`, `subject` is the `sub` of the token and `claims` are all its
    claims. A function of `http.signed_in` makes it itself; it may return a class of its own instead.
    """

    __slots__ = ("claims", "scopes", "subject")

    def __init__(self, subject: str, scopes: Iterable[str] = (), claims: Mapping[str, Any] | None = None) -> None:
        self.subject = subject
        self.scopes = frozenset(scopes)
        self.claims: dict[str, Any] = {} if claims is None else dict(claims)

    def _key(self) -> tuple[str, frozenset[str], dict[str, Any]]:
        return self.subject, self.scopes, self.claims

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Principal) and type(other) is type(self) and self._key() == other._key()

    def __hash__(self) -> int:
        return hash((self.subject, self.scopes))

    def __repr__(self) -> str:
        """Return the subject and the scopes. Claims may be personal data, so they are not shown."""
        return f"{type(self).__name__}({self.subject!r}, scopes={sorted(self.scopes)!r})"
