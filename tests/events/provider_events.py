"""Real provider events: a folder beside the project in, (id, payload) pairs out, or the reason why there are none."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(os.environ.get("PORTABLE_EVENTS") or Path(__file__).parents[3] / "shared" / "events")


def payloads(*folders: str) -> list[Any]:
    """Return each JSON payload of the folders as a pytest parameter (path, payload); one skip when the folder is absent."""
    if not ROOT.is_dir():
        reason = (
            f"real provider events are not at {ROOT}: set PORTABLE_EVENTS to the folder that holds aws/, azure/, gcp/"
        )
        return [pytest.param("", None, marks=pytest.mark.skip(reason=reason))]
    return [
        pytest.param(
            path.relative_to(ROOT).as_posix(), json.loads(path.read_text("utf-8-sig")), id=f"{folder}/{path.stem}"
        )
        for folder in folders
        for path in sorted((ROOT / folder).glob("*.json"))
    ]


def folders(provider: str) -> list[str]:
    """Return the folders of a provider, one for each kind of trigger."""
    return sorted(f"{provider}/{path.name}" for path in (ROOT / provider).glob("*")) if ROOT.is_dir() else [provider]
