"""Takes an app whose code reads metadata of distributions; returns the .dist-info of the app's own project.

The app ships as its files, not as a distribution; `importlib.metadata.version("<its name>")` finds this.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from portable.errors import PortableError
from portable.tooling.app.settings import Settings
from portable.tooling.depend.dist_info import without_traces
from portable.tooling.depend.uv import run_uv
from portable.tooling.depend.uv_settings import read_toml

ASKS = re.compile(rb"importlib[._]metadata|\bfrom importlib import .*\bmetadata\b|\bpkg_resources\b")


def own_metadata(settings: Settings, files: Mapping[str, bytes]) -> dict[str, bytes]:
    """Return the files of the app's .dist-info by path; none for an app that never asks or is no project.

    Raises PortableError when the project leaves its version to a build backend that cannot tell it.
    """
    file = settings.project / "pyproject.toml"
    project = read_toml(file).get("project", {}) if file.is_file() else {}
    if not isinstance(project.get("name"), str) or not any(
        path.endswith(".py") and ASKS.search(data) for path, data in files.items()
    ):
        return {}
    if isinstance(project.get("version"), str):
        return _written(project, settings.dependencies or ())
    if "version" in project.get("dynamic", ()):
        return _built(settings.project, file)
    return {}


def _written(project: Mapping[str, Any], dependencies: tuple[str, ...]) -> dict[str, bytes]:
    name, version = project["name"], project["version"]
    lines = ["Metadata-Version: 2.1", f"Name: {name}", f"Version: {version}"]
    for key, title in (("description", "Summary"), ("requires-python", "Requires-Python")):
        if isinstance(project.get(key), str):
            lines.append(f"{title}: {' '.join(project[key].split())}")
    lines += [f"Requires-Dist: {text}" for text in dependencies]
    folder = f"{re.sub('[-_.]+', '_', name)}-{version}.dist-info"
    found = {f"{folder}/METADATA": "".join(f"{line}\n" for line in lines).encode()}
    groups = {
        "console_scripts": project.get("scripts"),
        "gui_scripts": project.get("gui-scripts"),
        **project.get("entry-points", {}),
    }
    text = "".join(
        f"[{group}]\n" + "".join(f"{key} = {value}\n" for key, value in points.items())
        for group, points in groups.items()
        if points
    )
    return found | ({f"{folder}/entry_points.txt": text.encode()} if text else {})


def _built(project: Path, file: Path) -> dict[str, bytes]:
    """Return the metadata that the project's build backend writes."""
    with tempfile.TemporaryDirectory(prefix="portable-") as temporary:
        site = Path(temporary, "site")
        done = run_uv(["pip", "install", "--quiet", "--no-deps", f"--target={site}", str(project)], project)
        if done.returncode != 0:
            said = " ".join(done.stderr.split())[:300]
            raise PortableError(
                f"{file}: the app's code reads metadata of distributions, but the build backend cannot find the version "
                f"of the app: {said}; write version in [project]"
            )
        found = {
            path.relative_to(site).as_posix(): path.read_bytes()
            for folder in site.glob("*.dist-info")
            for path in folder.iterdir()
            if path.name in ("METADATA", "entry_points.txt")
        }
    return without_traces(found)
