"""The role `serve` in a process: at SIGTERM it loses no request that was sent, and what takes too long is cut."""

from __future__ import annotations

import http.client
import json
import threading
import time
from pathlib import Path

from processes.container.served import Clients, served


def test_sigterm_under_load_loses_no_request(tmp_path: Path) -> None:
    with served(tmp_path, PORTABLE_DRAIN_SECONDS="1") as image:
        clients = Clients(image, ["/wait/0.005", "/rest/0.005", "/wait/0", "/rest/0.9", "/wait/0.9"])
        clients.until(30)
        image.terminate()
        clients.join()
        assert image.process.wait(10) == 0
    assert clients.lost == []
    lines = [json.loads(line) for line in (tmp_path / "log").read_text().splitlines()]
    assert {line["level"] for line in lines} == {"INFO"}


def test_what_runs_longer_than_the_time_to_stop_is_cut(tmp_path: Path) -> None:
    with served(tmp_path, PORTABLE_STOP_SECONDS="1") as image:
        found: dict[str, int] = {}

        def ask(path: str) -> None:
            connection = http.client.HTTPConnection("127.0.0.1", image.port, timeout=20)
            connection.request("GET", path)
            answer = connection.getresponse()
            answer.read()
            found[path] = answer.status
            connection.close()

        threads = [threading.Thread(target=ask, args=(path,)) for path in ("/wait/30", "/wait/0.6")]
        for thread in threads:
            thread.start()
        time.sleep(0.3)
        image.terminate()
        begun = time.monotonic()
        assert image.process.wait(10) == 1
        assert time.monotonic() - begun < 5
        for thread in threads:
            thread.join()
    assert found == {"/wait/30": 503, "/wait/0.6": 200}
    assert "1 requests are cut" in (tmp_path / "log").read_text()
