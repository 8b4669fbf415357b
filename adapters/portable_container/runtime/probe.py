"""What a question to an engine says when the engine answers, but has not what is needed; and how long it waits."""

from __future__ import annotations

PATIENCE_SECONDS = 3.0
"""How long an engine may take for an answer. Then it is missing until it has answered."""


class Lacking(Exception):
    """An engine has not what a role needs. The text goes on after the name of the engine."""
