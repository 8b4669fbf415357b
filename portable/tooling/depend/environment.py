"""An app's settings -> an interpreter that can import it: the running one, or one in an environment made for it."""

from __future__ import annotations

import sys
import sysconfig
import tempfile
from collections.abc import Callable
from contextlib import suppress
from importlib.metadata import entry_points
from importlib.util import find_spec
from pathlib import Path

from portable.errors import PortableError
from portable.tooling.app.settings import Settings
from portable.tooling.cache import digest
from portable.tooling.depend.interpreters import RUNNING
from portable.tooling.depend.lock import DependencyError, Wanted, explain
from portable.tooling.depend.requirements import declared
from portable.tooling.depend.uv import run_uv

TARGETS = "portable.targets"
"""The group of entry points of targets: reading and invoking an app imports them and the core."""


def interpreter_for(settings: Settings, report: Callable[[str], None]) -> str:
    """Return the interpreter that imports the app. Raises DependencyError when its dependencies cannot be had.

    The running one when uv finds that it has them, in the versions asked for; otherwise one under
    `.portable/env/<hash>`, made once.
    """
    requirements = declared(settings)
    if not requirements or _has(requirements, settings.project):
        return sys.executable
    folder = settings.project / ".portable" / "env" / digest([RUNNING, sys.prefix, *requirements])[:16]
    program = folder / "bin" / "python"
    if not program.exists():
        report("Installing the app's dependencies to read it")
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".", dir=folder.parent, ignore_cleanup_errors=True) as temporary:
            made = Path(temporary, "env")
            _make(made, requirements, settings.project)
            with suppress(OSError):  # another run was faster
                made.rename(folder)
    return str(program)


def _has(requirements: tuple[str, ...], project: Path) -> bool:
    arguments = ["pip", "install", "--dry-run", "--offline", "--break-system-packages", f"--python={sys.executable}"]
    if any(line.startswith("-") for line in requirements):
        return False
    done = run_uv([*arguments, *requirements], project)
    return done.returncode == 0 and "Would make no changes" in done.stderr


def _make(folder: Path, requirements: tuple[str, ...], project: Path) -> None:
    program = folder / "bin" / "python"
    made = run_uv(["venv", "--no-project", f"--python={sys.executable}", str(folder)])
    if made.returncode != 0:
        raise PortableError(f"no environment could be made in {folder}: {made.stderr.strip()}")
    (project / ".portable" / ".gitignore").write_text("*\n", encoding="utf-8")
    wanted = folder / "requirements.in"
    wanted.write_text("".join(f"{line}\n" for line in requirements), encoding="utf-8")
    done = run_uv(
        ["pip", "install", "--quiet", "--only-binary=:all:", f"--python={program}", f"--requirements={wanted}"], project
    )
    if done.returncode != 0:
        raise DependencyError(explain(done.stderr, Wanted(requirements, "this machine", RUNNING)))
    packages = next(folder.glob("lib/python*/site-packages"))
    (packages / "portable.pth").write_text("".join(f"{path}\n" for path in _ours()), encoding="utf-8")


def _ours() -> list[str]:
    """Return the folders of our packages and of what they need.

    They come behind the environment's own, since ours may lie among other versions of the app's dependencies.
    """
    packages = ["portable", *(point.module.partition(".")[0] for point in entry_points(group=TARGETS))]
    homes = [str(Path(spec.origin).parent.parent) for spec in map(find_spec, packages) if spec and spec.origin]
    return list(dict.fromkeys((*homes, sysconfig.get_path("purelib"), sysconfig.get_path("platlib"))))
