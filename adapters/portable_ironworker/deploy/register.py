"""Registers the workers of workers.json with IronWorker: `python register.py <image>`. It needs only Python.

The project is named by IRON_PROJECT_ID and IRON_TOKEN, or else by iron.json beside this file. Secrets, settings and bucket
names are read from the variables that workers.json lists under `values`. They become the config of each worker.
Source: iron-io/docs worker/reference/api. Every run replaces the code packages and the schedules of these workers.
"""

from __future__ import annotations

import json
import os
import sys
from datetime import datetime, timezone
from itertools import takewhile
from pathlib import Path
from time import time
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen
from uuid import uuid4

HERE = Path(__file__).parent


class Project:
    """One project of IronWorker, over its HTTP API."""

    def __init__(self) -> None:
        file = HERE / "iron.json"
        config = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
        project, self._token = (os.environ.get(f"IRON_{n.upper()}") or config.get(n) for n in ("project_id", "token"))
        if not project or not self._token:
            sys.exit("set IRON_PROJECT_ID and IRON_TOKEN, or write them into iron.json as project_id and token")
        base = os.environ.get("IRON_WORKER_URL", "https://worker-aws-us-east-1.iron.io/2")
        self.url = f"{base}/projects/{project}"

    def call(self, path: str, body: Any = None, form: bool = False) -> Any:
        """Send a request (POST if it has a body) and return the JSON reply. `form` sends the body as the form field `data`."""
        text, media = json.dumps(body), "application/json"
        if form:
            boundary = uuid4().hex
            text = f'--{boundary}\r\nContent-Disposition: form-data; name="data"\r\n\r\n{text}\r\n--{boundary}--\r\n'
            media = f"multipart/form-data; boundary={boundary}"
        headers = {"Authorization": f"OAuth {self._token}", "Content-Type": media, "Accept": "application/json"}
        request = Request(self.url + path, None if body is None else text.encode(), headers)  # noqa: S310
        try:
            with urlopen(request, timeout=60) as reply:  # noqa: S310
                return json.load(reply)
        except HTTPError as error:
            sys.exit(f"{path}: IronWorker answered {error.code}: {error.read().decode(errors='replace')}")


def main(image: str) -> None:
    """Register every worker with an image, and replace their schedules."""
    workers = json.loads((HERE / "workers.json").read_text(encoding="utf-8"))
    values = {w["name"]: {n: os.environ.get(n) or v for n, v in w["values"].items()} for w in workers}
    missing = sorted({name for found in values.values() for name, value in found.items() if value is None})
    if missing:
        sys.exit(f"the workers need these variables, which are not set: {', '.join(missing)}")
    project = Project()
    for worker in workers:
        config = {**worker["config"], **{name: value for name, value in values[worker["name"]].items() if value}}
        code = {key: worker[key] for key in ("name", "command", "retries", "retries_delay")}
        project.call("/codes", {**code, "image": image, "config": json.dumps(config)}, form=True)
        where = f", webhook: POST {project.url}/tasks/webhook?code_name={worker['name']}&timeout={worker['timeout']}"
        print(f"registered {worker['name']}{where if worker['webhook'] else ''}")  # noqa: T201
    _schedule(project, workers)


def _schedule(project: Project, workers: list[dict[str, Any]]) -> None:
    """Cancel the schedules of these workers, and schedule those that have an interval."""
    names = {worker["name"] for worker in workers}
    pages = (project.call(f"/schedules?page={page}&per_page=100")["schedules"] for page in range(101))
    for old in [old for page in takewhile(bool, pages) for old in page]:
        if old["code_name"] in names and old.get("status") not in ("complete", "cancelled"):
            project.call(f"/schedules/{old['id']}/cancel", {})
    found = []
    for worker in workers:
        if "run_every" in worker:
            every, phase = worker["run_every"], worker["phase"]
            first = datetime.fromtimestamp((int(time()) - phase) // every * every + every + phase, timezone.utc)  # noqa: UP017
            task = {"code_name": worker["name"], "payload": '{"portable": "tick"}', "timeout": worker["timeout"]}
            found.append({**task, "run_every": every, "start_at": first.isoformat().replace("+00:00", "Z")})
    if found:
        project.call("/schedules", {"schedules": found})


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: python register.py <image>, such as python register.py me/shop:1.0")
    main(sys.argv[1])
