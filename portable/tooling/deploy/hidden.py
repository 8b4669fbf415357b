"""What an engine says -> text for people: without the frame around it, and without the credentials of the environment."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping

from portable.settings.redaction import Redactor

LONG = 8
"""Characters below which a value may be an ordinary word."""
_SECRET_NAME = re.compile(r"SECRET|TOKEN|PASSWORD|CREDENTIALS|ACCESS_KEY|API_?KEY|PRIVATE", re.IGNORECASE)
_FRAME = re.compile(r"^[╷│╵ ]+", re.MULTILINE)
_ERROR = re.compile(r"^Error: ", re.MULTILINE)
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")


def credentials(environment: Mapping[str, str]) -> tuple[str, ...]:
    """Return the values of an environment whose names say that they are secret; the longest first.

    The path of a file is none: it says where the secret is, which a reader of the message may need to know.
    """
    named = (value for name, value in environment.items() if _SECRET_NAME.search(name))
    found = {value for value in named if len(value) >= LONG and not os.path.isfile(value)}
    return tuple(sorted(found, key=len, reverse=True))


def hidden(text: str, environment: Mapping[str, str]) -> str:
    """Return a text without the credentials of an environment."""
    return Redactor(lambda: credentials(environment))(text)


def unframed(text: str) -> tuple[str, ...]:
    """Return the errors in what an engine says, each as one line without the frame and colours around it; else the whole text."""
    plain = _FRAME.sub("", _COLOUR.sub("", text))
    _, *errors = _ERROR.split(plain)
    lines = (" ".join(line.strip() for line in each.splitlines() if line.strip()) for each in errors or [plain])
    return tuple(dict.fromkeys(line for line in lines if line))
