"""`http.group`: what several HTTP functions have in common. An app without a group does not load this module."""

from __future__ import annotations

from portable.base.callables import callables
from portable.base.generic import Generic, T
from portable.base.values import Value, wrong

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any, Literal

    from portable.eventing.auth import Auth
    from portable.eventing.cors import Cors
    from portable.eventing.limits import Rate

    WhoMayCall = Auth | Literal["inherited"] | None
    HowOften = Rate | Sequence[Rate] | Literal["inherited"] | None

KEPT: Any = ...
"""Stands for the `cors` of the group."""


class Group(Value, Generic[T]):
    """Routes with a common prefix and common options; made by `http.group`.

    It has a method for each verb, which takes the options of `http.get`. An option that is given there replaces the
    group's; `before`, `around` and `tags` of the group always hold.
    """

    trigger: type[T]
    prefix: str
    cors: Cors | None = None
    auth: WhoMayCall = "inherited"
    tags: tuple[str, ...] = ()
    before: tuple[Callable[..., Any], ...] = ()
    around: tuple[Callable[..., Any], ...] = ()
    limit: HowOften = "inherited"

    def __check__(self) -> None:
        prefix = self.prefix
        if not isinstance(prefix, str) or (prefix and not prefix.startswith("/")) or prefix.endswith("/"):
            raise wrong(f'the prefix {prefix!r} of http.group must start with "/" and not end with it')
        if not isinstance(self.tags, tuple) or not all(isinstance(tag, str) for tag in self.tags):
            raise wrong(f"tags={self.tags!r} of http.group must be a list of texts")

    def get(
        self,
        path: str,
        cors: Cors | Sequence[str] | str | None = KEPT,
        max_body: int | None = None,
        auth: WhoMayCall = "inherited",
        limit: HowOften = "inherited",
    ) -> T:
        """Call the function for GET and HEAD on the group's prefix and `path`, which may be empty."""
        return self._trigger("GET", path, cors, max_body, auth, limit)

    def post(
        self,
        path: str,
        cors: Cors | Sequence[str] | str | None = KEPT,
        max_body: int | None = None,
        auth: WhoMayCall = "inherited",
        limit: HowOften = "inherited",
    ) -> T:
        """Call the function for POST."""
        return self._trigger("POST", path, cors, max_body, auth, limit)

    def put(
        self,
        path: str,
        cors: Cors | Sequence[str] | str | None = KEPT,
        max_body: int | None = None,
        auth: WhoMayCall = "inherited",
        limit: HowOften = "inherited",
    ) -> T:
        """Call the function for PUT."""
        return self._trigger("PUT", path, cors, max_body, auth, limit)

    def patch(
        self,
        path: str,
        cors: Cors | Sequence[str] | str | None = KEPT,
        max_body: int | None = None,
        auth: WhoMayCall = "inherited",
        limit: HowOften = "inherited",
    ) -> T:
        """Call the function for PATCH."""
        return self._trigger("PATCH", path, cors, max_body, auth, limit)

    def delete(
        self,
        path: str,
        cors: Cors | Sequence[str] | str | None = KEPT,
        max_body: int | None = None,
        auth: WhoMayCall = "inherited",
        limit: HowOften = "inherited",
    ) -> T:
        """Call the function for DELETE."""
        return self._trigger("DELETE", path, cors, max_body, auth, limit)

    def any(
        self,
        path: str,
        cors: Cors | Sequence[str] | str | None = KEPT,
        max_body: int | None = None,
        auth: WhoMayCall = "inherited",
        limit: HowOften = "inherited",
    ) -> T:
        """Call the function for every method that no other function declares, as `http.any` does."""
        return self._trigger("*", path, cors, max_body, auth, limit)

    def group(
        self,
        prefix: str,
        auth: WhoMayCall = "inherited",
        cors: Cors | Sequence[str] | str | None = KEPT,
        tags: Sequence[str] = (),
        before: Sequence[Callable[..., Any]] = (),
        around: Sequence[Callable[..., Any]] = (),
        limit: HowOften = "inherited",
    ) -> Group[T]:
        """Return a group inside this one: its prefix follows, and what it adds comes after what is there."""
        inner = made(self.trigger, prefix, "inherited", None, tags, before, around, limit)
        return Group(
            self.trigger,
            self.prefix + inner.prefix,
            self.cors if cors is KEPT else _cors(cors),
            self.auth if auth == "inherited" else auth,
            (*self.tags, *inner.tags),
            (*self.before, *inner.before),
            (*self.around, *inner.around),
            self.limit if limit == "inherited" else limit,
        )

    def _trigger(self, method: str, path: str, cors: Any, max_body: int | None, auth: Any, limit: Any) -> T:
        if not isinstance(path, str) or (path and not path.startswith("/")):
            raise wrong(f'path {path!r} of a group must be empty or start with "/"')
        options: dict[str, Any] = {} if max_body is None else {"max_body": max_body}
        options["cors"] = self.cors if cors is KEPT else _cors(cors)
        options["auth"] = self.auth if auth == "inherited" else auth
        limit = self.limit if limit == "inherited" else limit
        options["limit"] = tuple(limit) if isinstance(limit, list) else limit
        make: Any = self.trigger
        found: T = make(method, self.prefix + path, group=self, **options)
        return found


def made(
    trigger: type[T], prefix: str, auth: WhoMayCall, cors: Any, tags: Any, before: Any, around: Any, limit: HowOften
) -> Group[T]:
    """Return the group that `http.group` makes, its options checked. Raises DeclarationError."""
    if not isinstance(tags, (list, tuple)):
        raise wrong(f"tags={tags!r} of http.group must be a list of texts")
    before, around = callables("before", before), callables("around", around)
    return Group(trigger, prefix, _cors(cors), auth, tuple(tags), before, around, limit)


def _cors(cors: Cors | Sequence[str] | str | None) -> Cors | None:
    if cors is None:
        return None
    from portable.eventing.cors import made

    return made(cors)
