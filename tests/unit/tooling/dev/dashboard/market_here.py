"""The market, running in this process."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from hosts import local_dev

from portable.tooling.app.settings import load_settings
from portable.tooling.dev.loading import Loaded, load
from portable.tooling.dev.running import Running
from portable.tooling.targets import target_names

MARKET = Path(__file__).parents[4] / "apps" / "market"
SECRET = 'Tr0ub4dor&3 "<quoted>"'
KEYS = "acme:5f3c0c9f2a\nglobex:b81e77d0c4"


def copied(project: Path) -> None:
    """Copy the market, and set its secret."""
    shutil.copytree(MARKET, project)
    (project / ".portable.env").write_text(f"market-key='{SECRET}'\npartner-keys='{KEYS}'\n", encoding="utf-8")


@contextmanager
def running(project: Path) -> Iterator[Running]:
    """Run a copy of the market in this process, which is made if it is not there. Nothing is delivered by itself."""
    if not project.exists():
        copied(project)
    settings = load_settings(project, None, target_names())
    path, another = list(sys.path), sys.modules.pop("market", None)  # a copy that other tests run
    found = load(settings)
    assert isinstance(found, Loaded), found
    try:
        with local_dev.loaded(settings, found, []) as here:
            yield here.running
    finally:
        sys.path[:] = path
        del sys.modules["market"]
        if another is not None:
            sys.modules["market"] = another
