"""Takes settings and a target; returns the Python and the architecture to package for."""

from __future__ import annotations

from portable.tooling.app.requires import fits
from portable.tooling.app.settings import Settings, SettingsError
from portable.tooling.depend.interpreters import RUNNING
from portable.tooling.target import Options, Target


def choose(settings: Settings, target: Target) -> Options:
    """Return what to package for. Raises SettingsError for what the target does not offer.

    Without a setting, Python is the running one where the target offers it and the project's requires-python admits
    it, else the newest of that kind.
    """
    offered = target.platform.pythons
    fitting = [python for python in offered if fits(settings.requires_python, python)]
    if not fitting:
        raise SettingsError(
            f"{target.title} offers Python {', '.join(offered)}, none of which fits "
            f'requires-python = "{settings.requires_python}" of pyproject.toml'
        )
    python = settings.python or (RUNNING if RUNNING in fitting else fitting[-1])
    if python not in offered:
        raise SettingsError(
            f"{target.title} offers Python {', '.join(offered)}, not {python}: change python in [tool.portable]"
        )
    if python not in fitting:
        raise SettingsError(
            f'python = "{python}" in [tool.portable] does not fit requires-python = "{settings.requires_python}"'
        )
    architectures = target.platform.architectures
    if settings.architecture not in architectures:
        raise SettingsError(
            f"{target.title} offers {', '.join(architectures)}, not {settings.architecture}: "
            "change architecture in [tool.portable]"
        )
    return Options(python, settings.architecture, settings.table or {})
