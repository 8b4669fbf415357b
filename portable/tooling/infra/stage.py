"""`Stage`: one of the places where an app lives side by side, such as dev and prod; and how things are called there."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass

from portable.errors import PortableError

DEV = "dev"
"""The stage that keeps nothing: its data has no protection against deletion."""
_NAME = re.compile(r"[a-z][a-z0-9-]{0,15}")
_HASH = 8
"""Hexadecimal digits that tell shortened names apart."""
_SHORT_HASH = 4


@dataclass(frozen=True, slots=True)
class Stage:
    """A stage of an app."""

    app: str
    name: str = DEV

    @property
    def keeps_data(self) -> bool:
        """Say whether data is protected against deletion: everywhere but in dev."""
        return self.name != DEV

    def prefix(self) -> str:
        """Return what the names of everything in the stage begin with.

        A stage with - in its name has a hash there, because `eu-jobs` of the stage dev and `jobs` of dev-eu must differ.
        """
        prefix = f"{self.app}-{self.name}"
        return prefix if "-" not in self.name else f"{prefix}-{_digest(prefix)[:_SHORT_HASH]}"

    def called(self, name: str, limit: int = 64, ending: str = "") -> str:
        """Return `<app>-<stage>-<name><ending>`, at most `limit` characters.

        A longer name is cut and gets a hash of the whole, so that no two are the same; `ending` stays.
        """
        return shortened(f"{self.prefix()}-{name}", limit - len(ending)) + ending


def shortened(name: str, limit: int) -> str:
    """Return a name of at most `limit` characters; a longer one is cut and gets a hash of the whole.

    So does one that ends with -, which many services refuse.
    """
    if len(name) <= limit and not name.endswith("-"):
        return name
    return f"{name[: limit - _HASH - 1].rstrip('-')}-{_digest(name)[:_HASH]}"


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def check_stage(app: str, name: str) -> Stage:
    """Return the stage of a name. Raises PortableError for a name that is none."""
    if not _NAME.fullmatch(name) or name.endswith("-"):
        raise PortableError(
            f'"{name}" is not the name of a stage: it has 1 to 16 lower-case letters, digits or -, and begins with a letter, '
            "such as dev or prod"
        )
    return Stage(app, name)
