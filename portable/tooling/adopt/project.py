"""The project around a written app: pyproject.toml with its table, and the requirements without the framework."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from typing import Any

from portable.errors import PortableError
from portable.tooling.adopt.names import resource_name

IGNORED = (".portable/", ".portable.env", "dist/", "__pycache__/", ".venv/")


def requirements_text(text: str, gone: frozenset[str]) -> str:
    """Return requirements without the distributions of the framework, and with portable's own."""
    kept = [line for line in text.splitlines() if _distribution(line) not in gone]
    if not any(_distribution(line) == "portable-functions" for line in kept):
        kept.append("portable-functions")
    return "\n".join(kept).lstrip("\n") + "\n"


def required(text: str, name: str) -> bool:
    """Return whether requirements name a distribution."""
    return any(_distribution(line) == _distribution(name) for line in text.splitlines())


def _distribution(line: str) -> str:
    found = re.match(r"\s*([A-Za-z0-9][\w.-]*)", line)
    return re.sub(r"[-_.]+", "-", found[1]).lower() if found else ""


def project_text(
    text: str | None, name: str, modules: Iterable[str], gone: frozenset[str], has_requirements: bool
) -> str:
    """Return pyproject.toml: the app's own with the table of portable, or a new one."""
    listed = ", ".join(f'"{module}"' for module in modules)
    table = f'[tool.portable]\nname = "{resource_name(name)}"\nmodules = [{listed}]\n'
    if text is None:
        requires = "" if has_requirements else '\ndependencies = ["portable-functions"]'
        version = (
            f'[project]\nname = "{resource_name(name)}"\nversion = "0.1.0"\nrequires-python = ">=3.11"{requires}\n'
        )
        dynamic = 'dynamic = ["dependencies"]\n' if has_requirements else ""
        files = (
            '\n[tool.setuptools.dynamic]\ndependencies = { file = ["requirements.txt"] }\n' if has_requirements else ""
        )
        return f"{version}{dynamic}\n{table}{files}"
    if "portable" in _parsed(text).get("tool", {}):
        raise PortableError("pyproject.toml has a table [tool.portable] already: take it out, and adopt the app again")
    kept = [line for line in text.splitlines() if not _is_dependency(line, gone)]
    whole = "\n".join(kept).rstrip("\n")
    for distribution in gone:
        whole = re.sub(rf"""["']{re.escape(distribution)}(?![\w-])[^"']*["'],?\s*""", "", whole)
    try:
        known = tomllib.loads(whole)
    except tomllib.TOMLDecodeError:
        return f"{whole}\n\n{table}"
    dependencies = known.get("project", {}).get("dependencies")
    if isinstance(dependencies, list) and "portable-functions" not in dependencies:
        whole = re.sub(
            r"(?m)^dependencies\s*=\s*\[",
            'dependencies = [\n    "portable-functions",' if dependencies else 'dependencies = ["portable-functions"',
            whole,
            count=1,
        )
    return f"{whole}\n\n{table}"


def _parsed(text: str) -> dict[str, Any]:
    """Return what a pyproject.toml says. Raises PortableError for a text that is no TOML."""
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise PortableError(f"pyproject.toml is no TOML: {error}: mend it, and adopt the app again") from error


def _is_dependency(line: str, gone: frozenset[str]) -> bool:
    found = re.fullmatch(r"""\s*["']([^"']+)["'],?\s*(#.*)?""", line)
    return bool(found) and _distribution(found[1]) in gone if found else False


def ignored_text(text: str | None) -> str:
    """Return .gitignore with what portable makes."""
    lines = (text or "").splitlines()
    return "\n".join([*lines, *(line for line in IGNORED if line not in lines)]) + "\n"
