"""An app with wheels and source distributions beside it, made here and found by --find-links: no network."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import pytest

from portable.errors import PortableError
from portable.tooling.pipeline import package

BACKEND = """
import zipfile
def build_wheel(folder, config_settings=None, metadata_directory=None):
    name = "{name}-{version}-{tag}.whl"
    with zipfile.ZipFile(folder + "/" + name, "w") as made:
        made.write("{name}.py")
        info = "{name}-{version}.dist-info/"
        made.writestr(info + "METADATA", "Metadata-Version: 2.1\\nName: {name}\\nVersion: {version}\\n{needs}")
        made.writestr(info + "WHEEL", "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: {tag}\\n")
        made.writestr(info + "RECORD", "{name}.py,,\\n")
    return name
build_editable = build_wheel
"""
APP = "from portable import function, http\n{imports}\n@function(http.get('/'))\ndef root() -> str:\n    return 'x'\n"


def wheel(
    folder: Path, name: str, version: str = "1.0", tag: str = "py3-none-any", needs: str = "", text: str = ""
) -> None:
    info = f"{name}-{version}.dist-info"
    folder.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(folder / f"{name}-{version}-{tag}.whl", "w") as made:
        made.writestr(f"{name}/__init__.py", text or f"WHERE = 'index {version}'\n")
        metadata = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
        made.writestr(f"{info}/METADATA", metadata + "".join(f"{line}\n" for line in needs.splitlines()))
        made.writestr(f"{info}/WHEEL", f"Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: {tag}\n")
        made.writestr(f"{info}/entry_points.txt", f"[{name}.plugins]\nmain = {name}:main\n")
        made.writestr(
            f"{info}/RECORD", f"{name}/__init__.py,,\n{info}/METADATA,,\n{info}/WHEEL,,\n{info}/entry_points.txt,,\n"
        )


def source(folder: Path, name: str, version: str = "9.0", tag: str = "py3-none-any", needs: str = "") -> None:
    folder.mkdir(parents=True)
    dependencies = f'dependencies = ["{needs}"]\n' if needs else ""
    system = '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n'
    (folder / "pyproject.toml").write_text(f'[project]\nname = "{name}"\nversion = "{version}"\n{dependencies}{system}')
    needed = f"Requires-Dist: {needs}\\n" if needs else ""
    (folder / "backend.py").write_text(BACKEND.format(name=name, version=version, tag=tag, needs=needed))
    (folder / f"{name}.py").write_text(f"WHERE = 'source {version}'\n")


class Project:
    """An app in a folder, with an index of wheels beside it."""

    def __init__(self, folder: Path) -> None:
        self.index = folder / "index"
        self.folder = folder / "app"
        self.folder.mkdir()
        wheel(self.index, "greeting", "1.0")
        wheel(self.index, "functions_framework", "3.8.0")

    def make(
        self, imports: str = "", requirements: str | None = None, project: str = "", uv: str = "", portable: str = ""
    ) -> None:
        (self.folder / "app.py").write_text(APP.format(imports=imports))
        head = f'[project]\nname = "demo-app"\nversion = "1.2"\n{project}\n' if project else ""
        table = f'[tool.uv]\nno-index = true\nfind-links = ["{self.index}"]\n{uv}\n[tool.portable]\nmodules = ["app"]\n{portable}'
        (self.folder / "pyproject.toml").write_text(head + table)
        if requirements is not None:
            (self.folder / "requirements.txt").write_text(requirements)

    def package(self, target: str = "aws") -> dict[str, Any]:
        return package(self.folder, target, self.folder / "dist", lambda _text: None).manifest

    def shipped(self, target: str = "aws") -> dict[str, str]:
        return {item["name"]: item["version"] for item in self.package(target)["requirements"]}

    def refused(self, target: str = "aws") -> str:
        with pytest.raises(PortableError) as told:
            self.package(target)
        return str(told.value).replace(f"{self.folder}/", "")

    @property
    def bundle(self) -> Path:
        return self.folder / "dist/aws/bundle"
