"""How long Hypothesis searches: with all examples once, with few where the same tests run again on another Python.

PORTABLE_EXAMPLES holds the most examples that one search may take. No example has a deadline: other tests run beside it.
"""

from __future__ import annotations

import os
import sys

from hypothesis import settings

MOST = int(os.environ.get("PORTABLE_EXAMPLES", sys.maxsize))


def examples(count: int, **others: int) -> settings:
    """Return the settings of a search with so many examples, or with the most that this run may take."""
    return settings(max_examples=min(count, MOST), deadline=None, **others)
