"""Install every server that the tests start, side by side: `python tests/servers/early.py`. What cannot be is skipped later."""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

import pytest
from servers import azure_worker, azurite, chromium, cosmosdb, ministack, nats, postgres

INSTALLS = (
    ministack.installed,
    azurite.installed,
    cosmosdb.installed,
    azure_worker.installed,
    chromium.installed,
    postgres.installed,
    nats.installed,
)


def main() -> None:
    """Install them all; the tests that need one say why it is missing."""
    with ThreadPoolExecutor(len(INSTALLS)) as pool:
        for found in [pool.submit(install) for install in INSTALLS]:
            try:
                print(found.result())
            except pytest.skip.Exception as reason:
                print(reason)


if __name__ == "__main__":
    main()
