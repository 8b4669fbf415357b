"""Numbers and switches in variables: an environment and a name in, a whole number or a yes out."""

from __future__ import annotations

from portable.errors import ConfigurationError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

THREADS = 40
"""How many `def` functions one process of the role serve runs at the same time, unless PORTABLE_THREADS says it."""
WORK_THREADS = 32
"""How many events one process of the role work handles at the same time, unless PORTABLE_WORK_THREADS says it."""


def is_on(environment: Mapping[str, str], name: str) -> bool:
    """Return whether a variable says on; without it, it is off. Raises ConfigurationError for anything else."""
    said = environment.get(name, "").lower()
    if said not in ("", "on", "off", "1", "0", "true", "false"):
        raise ConfigurationError(f"{name} is {said!r}: write on or off")
    return said in ("on", "1", "true")


def whole_number(environment: Mapping[str, str], name: str, default: int, least: int = 0, most: int = 9999) -> int:
    """Return what a variable says, or the default if it is not set. Raises ConfigurationError for anything else than a number from `least` to `most`."""
    said = environment.get(name) or str(default)
    if not (said.isascii() and said.isdigit() and len(said) < 10 and least <= int(said) <= most):
        raise ConfigurationError(f"{name} is {said!r}: set it to a whole number from {least} to {most}")
    return int(said)
