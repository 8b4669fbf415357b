"""The market, running in this process."""

from __future__ import annotations

import asyncio
import logging
import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread

from portable.settings.redaction import Redactor
from portable.tooling.app.settings import load_settings
from portable.tooling.dev.hearing import Hearing
from portable.tooling.dev.journal.writing import Recorder
from portable.tooling.dev.loading import Loaded, load
from portable.tooling.dev.resources import Resources
from portable.tooling.dev.running import Running
from portable.tooling.dev.secrets import KnownSecrets, names
from portable.tooling.dev.state import journal_of
from portable.tooling.targets import target_names

MARKET = Path(__file__).parents[4] / "apps" / "market"
SECRET = 'Tr0ub4dor&3 "<quoted>"'


@contextmanager
def running(source: Path, project: Path) -> Iterator[Running]:
    """Run a copy of an app in this process. Nothing is delivered by itself."""
    shutil.copytree(source, project)
    (project / ".portable.env").write_text(f"market-key='{SECRET}'\n", encoding="utf-8")
    settings = load_settings(project, None, target_names())
    path, another = list(sys.path), sys.modules.pop("market", None)  # a copy that other tests run
    loaded = load(settings)
    assert isinstance(loaded, Loaded), loaded
    secrets = KnownSecrets(settings.project)
    secrets.named(names(loaded.app))
    recorder = Recorder(journal_of(project), Redactor(secrets), lambda said: None)
    before = dict(os.environ)
    resources = Resources(loaded.app, project, "http://localhost:8000")
    loop = asyncio.new_event_loop()
    thread = Thread(target=loop.run_forever, daemon=True)
    thread.start()
    try:
        yield Running(settings, loaded, resources, recorder, loop, lambda said: None, secrets.add)
    finally:
        recorder.close()
        resources.close()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()
        os.environ.clear()
        os.environ.update(before)
        sys.path[:] = path
        del sys.modules["market"]
        if another is not None:
            sys.modules["market"] = another


@contextmanager
def heard(project: Path) -> Iterator[None]:
    """Note what handlers of an app log, as a serving process does."""
    hearing, log = Hearing(project, lambda level, text: None), logging.getLogger("market")
    logging.getLogger().addHandler(hearing)
    log.setLevel(logging.INFO)
    try:
        yield
    finally:
        logging.getLogger().removeHandler(hearing)
        log.setLevel(logging.NOTSET)
