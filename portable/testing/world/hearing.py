"""Collects the logs of handlers from INFO on, as on every target."""

from __future__ import annotations

import logging
from collections.abc import Callable


class Logs(logging.Handler):
    """Passes on each record; `worth` says whether a record of portable's own is let through at all."""

    def __init__(self, hear: Callable[[logging.LogRecord], None], worth: Callable[[logging.LogRecord], bool]) -> None:
        super().__init__()
        self._hear = hear
        self._worth = worth
        logging.getLogger("portable").addFilter(worth)
        root = logging.getLogger()
        self._level = root.level
        if root.level in (logging.NOTSET, logging.WARNING):
            root.setLevel(logging.INFO)
        root.addHandler(self)

    def emit(self, record: logging.LogRecord) -> None:
        """Pass a record on."""
        self._hear(record)

    def remove(self) -> None:
        """Leave the root logger as it was."""
        root = logging.getLogger()
        root.removeHandler(self)
        logging.getLogger("portable").removeFilter(self._worth)
        root.setLevel(self._level)
