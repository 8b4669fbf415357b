"""The files that an engine keeps in its folder -> what they say: where the state is, its version, whether it holds anything."""

from __future__ import annotations

import json
import re
from pathlib import Path

_READ = ("*.tf", "*.tf.json", "*.tofu", "*.tofu.json")
_IMPORT = re.compile(r'\bimport"?\s*:?\s*[{\[]')


def state_file(folder: Path, stage: str) -> Path:
    """Return where the state of a stage is when no backend keeps it elsewhere."""
    among = folder if stage == "default" else folder / "terraform.tfstate.d" / stage
    return among / "terraform.tfstate"


def state_version(text: str) -> tuple[str, int] | None:
    """Return the lineage and serial in the text of a state, None for a state that was never written."""
    try:
        found = json.loads(text)
        return str(found["lineage"]), int(found["serial"])
    except (ValueError, KeyError, TypeError):
        return None


def holds_nothing(file: Path) -> bool:
    """Say whether a state file is not there, was never written, or is that of a stage of which everything was destroyed."""
    try:
        text = file.read_text(encoding="utf-8")
        return not text.strip() or not json.loads(text)["resources"]
    except FileNotFoundError:
        return True
    except (OSError, ValueError, KeyError, TypeError):
        return False


def takes_over(folder: Path) -> bool:
    """Say whether a file in a folder takes over what is there already, by a block `import`."""
    files = (file for pattern in _READ for file in folder.glob(pattern))
    return any(_IMPORT.search(file.read_text(encoding="utf-8", errors="replace")) for file in files)


def has_backend(data: Path) -> bool:
    """Say whether a backend keeps the state; `data` is the folder in which the engine keeps what it knows of another one."""
    try:
        found = json.loads((data / "terraform.tfstate").read_text(encoding="utf-8"))
        return bool(found["backend"]["type"])
    except (OSError, ValueError, KeyError, TypeError):
        return False
