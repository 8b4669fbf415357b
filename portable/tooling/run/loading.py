"""Takes modules and distributions that a handler may load late; returns the command that imports them as the artifact does.

An entry imports little. Drivers, codecs and the provider's packages are imported at a client's first call. If one is missing,
the first user would see the error. The command is the same for every target.
"""

from __future__ import annotations

import json
from collections.abc import Iterable

SCRIPT = """
import importlib, importlib.metadata, json, os, sys
root = os.getcwd()
site, request = sys.argv[1], json.load(sys.stdin)
shipped, loads, brings = request["shipped"], request["loads"], request["brings"]
sys.path[:] = [path for path in sys.path if path not in ("", root)]
sys.path.insert(0, os.path.join(root, site))
if site:
    sys.path.append(root)
def tops(name):
    files = [str(file).replace(os.sep, "/") for file in importlib.metadata.files(name) or ()]
    packages = sorted((file[:-12] for file in files if file.endswith("/__init__.py")), key=lambda path: path.count("/"))
    least = packages[0].count("/") if packages else 0
    found = [path for path in packages if path.count("/") == least]
    return [path.replace("/", ".") for path in found if all(part.isidentifier() for part in path.split("/"))]
def load(name):
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        parent, _, attribute = name.rpartition(".")
        if error.name != name or not parent:
            raise
        found = load(parent)
        if not hasattr(found, attribute):
            raise
        return getattr(found, attribute)
def unused(error):
    return bool(error.name) and error.name.partition(".")[0] not in own
shipped = [inner for name in shipped for inner in (name, *getattr(load(name) if name == "portable" else None, "_modules", ()))]
own = {name.partition(".")[0] for name in shipped} | {module.partition(".")[0] for name in brings for module in tops(name)}
for name in shipped:
    try:
        importlib.import_module(name)
    except ModuleNotFoundError as error:
        if not unused(error):
            raise
for name in loads:
    load(name)
for name in brings:
    importlib.metadata.version(name)
    for module in tops(name):
        importlib.import_module(module)
print(f"the modules that handlers load later can be imported: {len(shipped) + len(loads)} modules" + "".join(f", {name}" for name in brings))
"""
"""`site` is the folder of the bundle where dependencies are, "" for its root, which then comes first.

A module of ours may be for what this app does not use, such as a codec of typed payloads: that it asks for a distribution
that is not there is no fault. What this app does use is among `loads` and `brings`.
"""


def load_command(python: str, site: str | None) -> list[str]:
    """Return the command, run in the bundle's folder. `site` is None where dependencies are in the environment itself."""
    return [python, "-c", SCRIPT, site or ""]


def load_request(shipped: Iterable[str], loads: Iterable[str], brings: Iterable[str]) -> str:
    """Return what the command reads on stdin: an app may have more modules than a command line holds.

    `shipped` are modules of the SDK that ship, `loads` what the app's code and the drivers import, `brings` distributions.
    """
    return json.dumps({"shipped": list(shipped), "loads": list(loads), "brings": list(brings)})


def modules_of(files: Iterable[str], packages: Iterable[str]) -> list[str]:
    """Return the modules of packages among the files of a bundle, be they sources or bytecode alone."""
    found = set()
    for path in files:
        stem, _, ending = path.rpartition(".")
        if stem.partition("/")[0] in packages and ending in ("py", "pyc") and "__pycache__" not in path:
            found.add(stem.replace("/", ".").removesuffix(".__init__"))
    return sorted(found)
