"""The first thing that an image does: it says what ends it, and only then loads the rest.

The first process of a container does not get a signal for which it has said nothing, not even SIGTERM.
"""

from __future__ import annotations

import signal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import NoReturn

    from portable_container.runtime.image import Image


def main(image: Image, arguments: Sequence[str] | None = None) -> int:
    """`start.main`. Until roles listen to signals, SIGTERM ends the process at once, with the exit code 143."""
    signal.signal(signal.SIGTERM, _end)
    from portable_container.runtime.start import main

    return main(image, arguments)


def _end(number: int, _frame: object) -> NoReturn:
    raise SystemExit(128 + number)
