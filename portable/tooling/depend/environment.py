"""Takes an app's settings; returns an interpreter that can import it: the running one, or one in a new environment."""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path

from portable.errors import PortableError
from portable.tooling.app.requires import fits
from portable.tooling.app.settings import Settings
from portable.tooling.depend.interpreters import RUNNING, find_interpreter
from portable.tooling.depend.platforms import number
from portable.tooling.depend.requirements import PORTABLE, Declared, declared
from portable.tooling.depend.uv import run_uv
from portable.tooling.points import points

TARGETS = "portable.targets"
"""The group of entry points of targets: reading and invoking an app imports them and the core."""


def interpreter_for(settings: Settings, report: Callable[[str], None], python: str | None = None) -> str:
    """Return the interpreter that imports the app. Raises DependencyError if its dependencies cannot be installed.

    The running one when uv finds that it has them, in the versions asked for; otherwise one under
    `.portable/env/<hash>`, made once. `python` is the version to use where the running one is too old for the app.
    """
    version = RUNNING if python is None else python
    found = declared(settings)
    if version == RUNNING and (not found.files or _has(found, settings.project)):
        return sys.executable
    import tempfile

    from portable.tooling.cache import digest

    base = sys.executable if version == RUNNING else find_interpreter(version, fetch=True)
    if base is None:
        raise PortableError(f"the app needs Python {version}, which is not installed: run uv python install {version}")
    folder = settings.project / ".portable" / "env" / digest([version, sys.prefix, found.stamp()])[:16]
    program = folder / "bin" / "python"
    if not program.exists():
        report("Installing the app's dependencies to read it")
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".", dir=folder.parent, ignore_cleanup_errors=True) as temporary:
            made = Path(temporary, "env")
            _make(made, base, version, found, settings.project)
            with suppress(OSError):  # another run was faster
                made.rename(folder)
    return str(program)


def newer_python(settings: Settings, target: str | None, sources: dict[str, bytes]) -> str | None:
    """Return the Python to read an app with when the running one is too old for it, else None.

    It is too old when requires-python of the project does not admit it, or when it cannot parse a file of the app;
    `target` is the Python that the app is packaged for.
    """
    if target is None or number(target) <= number(RUNNING):
        return None
    if not fits(settings.requires_python, RUNNING) or any(not _parses(text) for text in sources.values()):
        return target
    return None


def _parses(source: bytes) -> bool:
    try:
        compile(source, "app", "exec", dont_inherit=True)
    except (SyntaxError, ValueError):
        return False
    return True


def _has(asked: Declared, project: Path) -> bool:
    import tempfile

    with tempfile.TemporaryDirectory(prefix="portable-") as temporary:
        arguments = ["--dry-run", "--offline", "--break-system-packages", f"--python={sys.executable}"]
        done = run_uv(["pip", "install", *arguments, *_asked(asked, project, Path(temporary))], project)
    return done.returncode == 0 and "Would make no changes" in done.stderr


def _asked(found: Declared, project: Path, temporary: Path) -> list[str]:
    """Return uv's arguments for what an app asks for, without us and the app itself."""
    from portable.tooling.depend.lock import inside, without

    dropped = temporary / "own.txt"
    dropped.write_text(without(found.dropped), encoding="utf-8")
    files = [f"--requirements={inside(file, project)}" for file in found.files]
    return [*files, *found.options, f"--overrides={dropped}"]


def _make(folder: Path, base: str, version: str, asked_for: Declared, project: Path) -> None:
    from portable.tooling.depend.explain import DependencyError, explain

    program = folder / "bin" / "python"
    made = run_uv(["venv", "--no-project", f"--python={base}", str(folder)])
    if made.returncode != 0:
        raise PortableError(f"no virtual environment could be created in {folder}: {made.stderr.strip()}")
    (project / ".portable" / ".gitignore").write_text("*\n", encoding="utf-8")
    asked = _asked(asked_for, project, folder) if asked_for.files else []
    needed = [] if version == RUNNING else _needed()
    if asked or needed:
        done = run_uv(["pip", "install", "--quiet", f"--python={program}", *asked, *needed], project)
        if done.returncode != 0:
            raise DependencyError(explain(done.stderr, f"this machine, Python {version}", asked_for))
    packages = next(folder.glob("lib/python*/site-packages"))
    paths = _homes() if version != RUNNING else [*_homes(), *_installed()]
    (packages / "portable.pth").write_text("".join(f"{path}\n" for path in dict.fromkeys(paths)), encoding="utf-8")


def _homes() -> list[str]:
    """Return the folders of our packages, which come behind the environment's own."""
    packages = ["portable", *(point.module.partition(".")[0] for point in points(sys.path, (TARGETS,)))]
    return [str(Path(spec.origin).parent.parent) for spec in map(find_spec, packages) if spec and spec.origin]


def _installed() -> list[str]:
    """Return the folders of what our packages need: ours may lie among other versions of the app's dependencies."""
    import sysconfig

    return [sysconfig.get_path("purelib"), sysconfig.get_path("platlib")]


def _needed() -> list[str]:
    """Return what our packages need to be imported by another Python, for which the running one's modules do not do."""
    from importlib.metadata import PackageNotFoundError, requires

    with suppress(PackageNotFoundError):
        wanted = [text for text in requires(PORTABLE) or () if "extra" not in text.partition(";")[2]]
        return [text for text in wanted if text.startswith(("msgspec", "obstore"))]
    return ["msgspec", "obstore"]
