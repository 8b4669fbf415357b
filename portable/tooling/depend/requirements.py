"""An app's settings -> what it asks to be installed, as lines uv reads; our own distribution is not among them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from portable.errors import PortableError
from portable.tooling.app.settings import Settings

OURS = "portable-functions"
"""Ships as the modules that are used, never as a distribution."""
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


def declared(settings: Settings) -> tuple[str, ...]:
    """Return the app's requirements: [project] dependencies, else those of requirements.txt, with its options.

    Raises PortableError for a file that cannot be read.
    """
    if settings.dependencies is not None:
        lines = iter(settings.dependencies)
    else:
        file = settings.project / "requirements.txt"
        lines = _lines(file, ()) if file.is_file() else iter(())
    return tuple(line for line in lines if distribution(line) != OURS and not _is_itself(line, settings.project))


def distribution(requirement: str) -> str | None:
    """Return the normalised name of the distribution a requirement asks for, None for a URL, path or option."""
    match = _NAME.match(requirement.strip())
    if match is None or re.match(r"[A-Za-z][A-Za-z0-9+.-]*://", requirement) or requirement.strip().startswith("-"):
        return None
    return normalised(match[0])


def normalised(name: str) -> str:
    """Return a distribution's name as PEP 503 compares it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def _lines(file: Path, above: tuple[Path, ...]) -> Iterator[str]:
    """Yield the requirements of a file and of those it includes; paths in options become absolute."""
    if file in above:
        return
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise PortableError(f"{file} cannot be read: {error}") from error
    for line in re.sub(r"\\\r?\n", " ", text).splitlines():
        requirement = re.sub(r"(^|\s)#.*$", "", line).strip()
        option = re.fullmatch(r"(-r|--requirement|-c|--constraint)[\s=]*(\S+)", requirement)
        if option and option[1] in ("-r", "--requirement"):
            yield from _lines((file.parent / option[2]).resolve(), (*above, file))
        elif option:
            yield f"-c {(file.parent / option[2]).resolve()}"
        elif requirement:
            yield requirement


def _is_itself(line: str, project: Path) -> bool:
    """Say whether a requirement is the app's own project, as in `-e .`."""
    match = re.fullmatch(r"(?:-e\s+|--editable[\s=]+)?(\.\S*)", line)
    return bool(match) and (project / match[1]).resolve() == project  # type: ignore[index]
