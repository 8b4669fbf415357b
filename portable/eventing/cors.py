"""`Cors`, who may call a path from a browser; and the conversion of what `cors=` takes. Functions without it do not load it."""

from __future__ import annotations

from portable.base.values import Value, wrong

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence


class Cors(Value):
    """Who may call a path from a browser (Fetch standard).

    `origins` are sites such as `https://shop.example`, or `*` for all. `headers` are the request headers that a browser
    may send; empty means all. `expose` are the response headers that it may read. It may cache the preflight for
    `max_age` seconds. With `credentials` it may send cookies; this needs named origins. Raises DeclarationError.
    """

    origins: tuple[str, ...] = ("*",)
    headers: tuple[str, ...] = ()
    expose: tuple[str, ...] = ()
    max_age: int = 600
    credentials: bool = False

    def __check__(self) -> None:
        if self.credentials and "*" in self.origins:
            raise wrong("Cors(credentials=True) must name its origins. With * any site could act as the user")
        for field in ("origins", "headers", "expose"):
            values = getattr(self, field)
            if not isinstance(values, tuple) or not all(isinstance(value, str) for value in values):
                raise wrong(f"Cors({field}={values!r}) must be a tuple of text")


def made(cors: Cors | Sequence[str] | str) -> Cors:
    """Return a declaration of origins as Cors. Raises DeclarationError."""
    if isinstance(cors, Cors):
        return cors
    if isinstance(cors, str):
        return Cors((cors,))
    if not isinstance(cors, (list, tuple)):
        raise wrong(f"cors={cors!r} must be an origin, a list of origins or Cors(…)")
    return Cors(tuple(cors))
