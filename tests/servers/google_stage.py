"""The APIs that talk to a stage on Google Cloud, as one server: Cloud Functions v2, Cloud Logging, Pub/Sub, Cloud Scheduler.

The shapes are those of the REST references: `projects.locations.functions`, `entries.list`, `projects.topics.publish`,
`projects.locations.jobs.run`.
"""

from __future__ import annotations

import json
from typing import Any

from servers.routed import Call, Routed, Said

PLACE = "projects/p-1/locations/europe-west1"
NAMES = ("shop-dev", "shop-dev-work", "shop-dev-notify", "shop-dev-index", "shop-dev-nightly", "shop-dev-count")
"""The Cloud Run functions of the app `shop` in the stage dev."""


class Google:
    """The state of the server: the build of each function, what was uploaded, and the entries of its log."""

    def __init__(self, server: Routed) -> None:
        self.server = server
        self.builds = dict.fromkeys(NAMES, "builds/0")
        self.uploaded: list[bytes] = []
        self.entries: list[dict[str, Any]] = []
        self.fails = ""
        self.polls = 0
        server.routes += [
            ("GET", r"/v2/projects/p-1/locations/[\w-]+/functions\?.*", self.list),
            ("GET", rf"/v2/{PLACE}/functions/[\w-]+", self.get),
            ("POST", rf"/v2/{PLACE}/functions:generateUploadUrl", self.place),
            ("PUT", r"/upload/\d+", self.upload),
            ("PATCH", rf"/v2/{PLACE}/functions/[\w-]+\?updateMask=buildConfig.source", self.patch),
            ("GET", rf"/v2/{PLACE}/operations/\d+", self.operation),
            ("POST", "/v2/entries:list", self.list_entries),
            ("POST", r"/v1/projects/p-1/topics/[\w-]+:publish", lambda call: Said({"messageIds": ["1"]})),
            ("POST", rf"/v1/{PLACE}/jobs/[\w-]+:run", lambda call: Said({})),
            ("GET", "/v3/projects/p-1", lambda call: Said({"name": "projects/123456789012"})),
            ("GET", r"/hello/.*", lambda call: Said(b"hi")),
        ]

    def function(self, name: str) -> dict[str, Any]:
        build, service = {"build": self.builds[name]}, {"uri": self.server.url}
        return {"name": f"{PLACE}/functions/{name}", "state": "ACTIVE", "buildConfig": build, "serviceConfig": service}

    def list(self, call: Call) -> Said:
        """Return the functions on two pages."""
        names = [*self.builds, "other-dev-work"]
        self.builds.setdefault("other-dev-work", "builds/0")
        page = [self.function(name) for name in names]
        if "pageToken=a%2Fb" in call.path:
            return Said({"functions": page[3:]})
        return Said({"functions": page[:3], "nextPageToken": "a/b"})

    def get(self, call: Call) -> Said:
        return Said(self.function(call.path.rpartition("/")[2]))

    def place(self, call: Call) -> Said:
        number = len(self.uploaded)
        source = {"bucket": "uploads", "object": f"{number}.zip"}
        return Said({"uploadUrl": f"{self.server.url}/upload/{number}", "storageSource": source})

    def upload(self, call: Call) -> Said:
        self.uploaded.append(call.body)
        return Said(b"")

    def patch(self, call: Call) -> Said:
        name = call.path.partition("?")[0].rpartition("/")[2]
        self.polls = 0
        if not self.fails:
            self.builds[name] = f"builds/{len(self.uploaded)}"
        return Said({"name": f"{PLACE}/operations/1", "done": False})

    def operation(self, call: Call) -> Said:
        self.polls += 1
        if self.polls < 2:
            return Said({"name": f"{PLACE}/operations/1"})
        error = {"error": {"code": 3, "message": self.fails}} if self.fails else {}
        return Said({"name": f"{PLACE}/operations/1", "done": True, **error})

    def list_entries(self, call: Call) -> Said:
        """Return the entries one by one."""
        number = int(call.json().get("pageToken") or "0")
        more = {"nextPageToken": str(number + 1)} if number + 1 < len(self.entries) else {}
        return Said({"entries": self.entries[number : number + 1], **more})


class Signer:
    """Signs as nobody in particular."""

    project = "p-1"

    def token(self) -> str:
        return "api"


def entry(number: int, service: str = "shop-dev", **payload: Any) -> dict[str, Any]:
    """Return a log entry as Cloud Logging gives it."""
    labels = {"service_name": service, "location": "europe-west1"}
    return {
        "insertId": str(number),
        "timestamp": f"2026-01-31T12:00:0{number}.123456789Z",
        "severity": "DEFAULT",
        "resource": {"type": "cloud_run_revision", "labels": labels},
        **json.loads(json.dumps(payload)),
    }
