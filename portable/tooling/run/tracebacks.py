"""Tracebacks as a user wants them: without the frames that called the app."""

from __future__ import annotations

import traceback
from pathlib import Path

TOOLING = Path(__file__).parents[1]
"""The folder of what runs apps on this machine. No cloud has these frames."""


def own_traceback(error: BaseException, folder: Path) -> str:
    """Return a traceback from the first frame in the app's folder on; "" when the app was not reached."""
    frames = traceback.extract_tb(error.__traceback__)
    first = next((at for at, frame in enumerate(frames) if Path(frame.filename).is_relative_to(folder)), None)
    if first is None:
        return ""
    found = [frame for frame in frames[first:] if not Path(frame.filename).is_relative_to(TOOLING)]
    shown = ["Traceback (most recent call last):\n", *traceback.format_list(found)]
    return "".join([*shown, *traceback.format_exception_only(error)])
