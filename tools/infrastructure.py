"""Writes `tests/golden/<app>/<target>/`, the infrastructure of the samples as a reviewer would read it.

Run it as `python tools/infrastructure.py` after a change of what a target makes, and read the difference. A test compares.
Only targets are here whose engine cannot be run in the tests: AWS has a deployment of its own in `tests/deploy`.
"""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager
from importlib import import_module, invalidate_caches
from pathlib import Path
from typing import TYPE_CHECKING

from portable.tooling.app.collect import collect
from portable.tooling.app.handlers import loaded_modules
from portable.tooling.app.settings import load_settings
from portable.tooling.infra.blueprint import Blueprint, described, read_blueprint
from portable.tooling.infra.stage import Stage
from portable.tooling.target import Options
from portable.tooling.targets import load_target, target_names

if TYPE_CHECKING:
    from collections.abc import Iterator

    from portable.tooling.app.model import AppModel

ROOT = Path(__file__).parents[1]
GOLDEN = ROOT / "tests" / "golden"
APPS = {"photos": "samples/photos", "orders": "samples/orders", "deployed": "tests/apps/deployed"}
TARGETS = ("azure", "gcp")
ALSO = {"photos": ("container",)}
"""Further targets of an app, whose files one app shows."""
STAGE = "prod"
OPTIONS = Options("3.12", "x86_64", {})
TABLES = {("orders", "azure"): {"gateway": True}}
"""What is in the table of a target of an app."""
BUNDLE = {"sha256": "c0de" * 16, "size": 1_000_000}
"""What stands for the hash and the size of bundle.zip, which differ from build to build."""


@contextmanager
def imported(folder: Path) -> Iterator[AppModel]:
    """Import the app in a folder and give what it declares. Modules of the same names or files come back afterwards."""
    settings = load_settings(folder, targets=target_names())
    known = {*settings.modules, *_loaded_from(settings.folder)}
    hidden = {name: sys.modules.pop(name) for name in known if name in sys.modules}
    before = set(sys.modules)
    sys.path.insert(0, str(settings.folder))
    invalidate_caches()
    try:
        for module in settings.modules:
            import_module(module)
        yield collect(settings.name, settings.folder, loaded_modules(settings.folder), http=settings.http)
    finally:
        sys.path.remove(str(settings.folder))
        for name in _loaded_from(settings.folder) - before:
            del sys.modules[name]
        sys.modules.update(hidden)


def _loaded_from(folder: Path) -> set[str]:
    """Return the names of the loaded modules whose files are in a folder."""
    files = {name: getattr(module, "__file__", None) for name, module in list(sys.modules.items())}
    inside = os.path.join(folder, "")
    return {name for name, file in files.items() if file and file.startswith(inside)}


def blueprint_of(model: AppModel, target: str, options: Options = OPTIONS) -> Blueprint:
    """Return what infrastructure is made from, as if the app had been packaged for a target."""
    return read_blueprint({**described(load_target(target).plan(model, options)), **BUNDLE})


def options_of(app: str, target: str) -> Options:
    """Return the options of an app, by the name of its folder, on a target."""
    return Options(OPTIONS.python, OPTIONS.architecture, TABLES.get((app, target), {}))


def made() -> dict[Path, str]:
    """Return the text of each golden file as the targets write it now."""
    found = {}
    for app, folder in APPS.items():
        with imported(ROOT / folder) as model:
            for target in (*TARGETS, *ALSO.get(app, ())):
                blueprint = blueprint_of(model, target, options_of(app, target))
                infrastructure = load_target(target).infra(blueprint, Stage(model.name, STAGE))
                files = infrastructure.files() if infrastructure is not None else {}
                found |= {GOLDEN / app / target / name: text for name, text in files.items()}
    return found


def stale() -> list[str]:
    """Return the golden files that do not say what is made now: changed, missing, and those that nothing makes."""
    texts = made()
    there = {path: path.read_text(encoding="utf-8") for path in written()}
    return sorted(str(path.relative_to(ROOT)) for path in {*texts, *there} if texts.get(path) != there.get(path))


def written() -> list[Path]:
    """Return the golden files that are there."""
    targets = {*TARGETS, *(target for more in ALSO.values() for target in more)}
    folders = (GOLDEN / app / target for app in APPS for target in targets)
    return [path for folder in folders for path in folder.rglob("*") if path.is_file()]


def main() -> None:
    """Write each golden file, and remove those that nothing makes any more."""
    texts = made()
    for path in set(written()) - set(texts):
        path.unlink()
    for path, text in texts.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
