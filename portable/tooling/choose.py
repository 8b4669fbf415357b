"""Settings and a target -> the Python and the architecture to package for."""

from __future__ import annotations

from portable.tooling.interpreters import RUNNING
from portable.tooling.settings import Settings, SettingsError
from portable.tooling.target import Options, Target


def choose(settings: Settings, target: Target) -> Options:
    """Return what to package for. Raises SettingsError for what the target does not offer.

    Without a setting, Python is the running one where the target offers it, else the newest it offers.
    """
    offered = target.platform.pythons
    python = settings.python or (RUNNING if RUNNING in offered else offered[-1])
    if python not in offered:
        raise SettingsError(
            f"{target.title} offers Python {', '.join(offered)}, not {python}: change python in [tool.portable]"
        )
    architectures = target.platform.architectures
    if settings.architecture not in architectures:
        raise SettingsError(
            f"{target.title} offers {', '.join(architectures)}, not {settings.architecture}: "
            "change architecture in [tool.portable]"
        )
    return Options(python, settings.architecture, settings.table or {})
