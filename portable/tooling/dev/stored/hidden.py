"""Takes a row as people have written it and the one that is stored; returns it with the secrets that were shown as ***."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from portable.errors import InvalidInput
from portable.settings.redaction import HIDDEN

Hide = Callable[[str], str]


def restored(new: Any, now: Any, hide: Hide, at: str = "row") -> Any:
    """Return a value in which *** is what is stored at the same place, where that is shown so. `now` is None if nothing is.

    Raises InvalidInput for *** at another place: it would be stored as it stands.
    """
    if isinstance(new, dict):
        known = now if isinstance(now, dict) else {}
        for name in new:
            _check(name, name in known, f"{at}.{name}")
        return {name: restored(value, known.get(name), hide, f"{at}.{name}") for name, value in new.items()}
    if isinstance(new, list):
        before = now if isinstance(now, list) else []
        padded = [*before, *[None] * len(new)]
        return [restored(value, padded[index], hide, f"{at}[{index}]") for index, value in enumerate(new)]
    if not isinstance(new, str):
        return new
    stays = isinstance(now, str) and hide(now) == new
    _check(new, stays, at)
    return now if stays else new


def _check(text: str, known: bool, at: str) -> None:
    if HIDDEN in text and not known:
        raise InvalidInput(
            f"{HIDDEN} stands here for a secret, and the row that is stored has none at this place. Write the value itself",
            at,
        )
