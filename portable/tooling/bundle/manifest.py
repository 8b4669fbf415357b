"""Takes a `Bundle` and its zip; returns manifest.json: what was made, for commands, infrastructure and people."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path
from typing import Any

from portable.errors import PortableError
from portable.tooling.bundle.bundle import Bundle
from portable.tooling.cache import hashes
from portable.tooling.infra.blueprint import described

SCHEMA = 2
NAME = "manifest.json"
_TARGET = r"[a-z][a-z0-9_-]*"
_NAME = r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,99}[A-Za-z0-9])?"
_MODULE = r"[A-Za-z_][\w]*(?:\.[A-Za-z_][\w]*)*"


def manifest(bundle: Bundle, zipped: bytes) -> dict[str, Any]:
    """Return the manifest as plain data; lists that would be empty are left out."""
    plan = bundle.plan
    found = {
        "schema": SCHEMA,
        **described(plan),
        "requirements": [
            {"name": item.name, "version": item.version, "hashes": list(item.hashes)} for item in bundle.requirements
        ],
        "files": hashes(bundle.files),
        "sha256": hashlib.sha256(zipped).hexdigest(),
        "size": len(zipped),
        "notes": list(bundle.notes),
    }
    if plan.dependencies:
        found["site"] = plan.dependencies
    listed = {"provided": list(bundle.provided), "loads": list(bundle.loads), "brings": list(bundle.brings)}
    return found | {key: names for key, names in listed.items() if names}


def read_manifest(folder: Path) -> dict[str, Any]:
    """Return the manifest of an artifact. Raises PortableError if it is not a valid manifest of portable.

    Its content is not trusted: names and versions that are passed to commands are checked.
    """
    file = folder / NAME
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise PortableError(f"{file} is not a manifest of portable: {error}; package again") from error
    problem = _problem(found)
    if problem:
        target = found.get("target") if isinstance(found, dict) else None
        named = target if isinstance(target, str) and re.fullmatch(_TARGET, target) else "…"
        raise PortableError(
            f"{file} is not a manifest of portable: {problem}; package again with portable package --target {named}"
        )
    return found  # type: ignore[no-any-return]


def _problem(manifest: Any) -> str:
    """Return what is wrong with the shape of a manifest, "" when nothing is."""
    if not isinstance(manifest, dict) or type(manifest.get("schema")) is not int or manifest["schema"] != SCHEMA:
        schema = manifest.get("schema") if isinstance(manifest, dict) else None
        return f"its schema is {schema!r}, not {SCHEMA}"
    site = manifest.get("site", "")
    if not isinstance(site, str) or not re.fullmatch(r"([\w.-]+(/[\w.-]+)*)?", site) or ".." in site:
        return f"its site is {site!r}"
    shapes = {"target": _TARGET, "python": r"[0-9]\.[0-9]{1,3}", "sha256": "[0-9a-f]{64}"}
    for key, shape in shapes.items():
        if not isinstance(manifest.get(key), str) or not re.fullmatch(shape, manifest[key]):
            return f"its {key} is {manifest.get(key)!r}"
    files = manifest.get("files")
    if not isinstance(files, dict) or not all(isinstance(item, str) for item in files.values()):
        return "its files are not a table of hashes"
    for key, shape in {"provided": _NAME, "loads": _MODULE, "brings": _NAME}.items():
        names = manifest.get(key, [])
        if not isinstance(names, list) or not all(
            isinstance(name, str) and re.fullmatch(shape, name) for name in names
        ):
            return f"its {key} is {names!r}"
    return ""


def manifest_text(manifest: dict[str, Any]) -> str:
    """Return the text of a manifest."""
    return json.dumps(manifest, indent=2, ensure_ascii=False) + "\n"
