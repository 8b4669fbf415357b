"""The APIs that talk to a stage on Azure, as one server: Resource Manager, Azure Monitor, a function app and its One Deploy.

The shapes are those of the providers' REST references: Microsoft.Web "List By Resource Group" and "List Host Keys", Azure
Monitor Logs "Query", Kudu "deployments".
"""

from __future__ import annotations

from typing import Any

from servers.routed import Call, Routed, Said

APP = "shop-dev-0a1b2c3d"
"""The function app of the app `shop` in the stage dev."""


class Azure:
    """The state of the server: what was deployed to each app, and the rows of its log."""

    def __init__(self, server: Routed) -> None:
        self.server = server
        self.rows: list[dict[str, Any]] = []
        self.deployments: list[dict[str, Any]] = []
        self.refuses = ""
        self.polls = 0
        group = r"/subscriptions/s-1/resourceGroups/shop-dev"
        server.routes += [
            (
                "GET",
                r"/subscriptions\?.*",
                lambda call: Said({"value": [{"subscriptionId": "s-1", "displayName": "One"}]}),
            ),
            ("GET", rf"{group}/providers/Microsoft.Web/sites\?api-version=[\d-]+", self.sites),
            (
                "POST",
                rf"{group}/.*/sites/[\w-]+/host/default/listKeys\?.*",
                lambda call: Said({"masterKey": "m-1", "functionKeys": {"default": "f-1"}}),
            ),
            ("POST", rf"/v1{group}/providers/microsoft.insights/components/shop-dev-insights/query", self.query),
            ("POST", r"/admin/functions/[\w-]+", lambda call: Said(None, 202)),
            ("GET", r"/hello/.*", lambda call: Said(b"hi", 200, (("Set-Cookie", "a=1"), ("Set-Cookie", "b=2")))),
            ("POST", r"/api/publish\?RemoteBuild=false&Deployer=portable", self.publish),
            ("GET", r"/api/deployments/[\w-]+", self.deployment),
        ]

    def sites(self, call: Call) -> Said:
        names = (APP, "shop-dev-work-0a1b2c3d", "other-dev-0a1b2c3d")
        states = [{"name": self.server.address, "hostType": "Repository"}]
        properties = {"defaultHostName": self.server.address, "hostNameSslStates": states}
        path = "/subscriptions/s-1/resourceGroups/shop-dev/providers/Microsoft.Web/sites/"
        return Said({"value": [{"name": name, "id": f"{path}{name}", "properties": properties} for name in names]})

    def query(self, call: Call) -> Said:
        names = list(self.rows[0]) if self.rows else []
        columns = [{"name": name, "type": "string"} for name in names]
        return Said(
            {"tables": [{"name": "PrimaryResult", "columns": columns, "rows": [[*row.values()] for row in self.rows]}]}
        )

    def publish(self, call: Call) -> Said:
        self.polls = 0
        found = {
            "id": f"d-{len(self.deployments) + 1}",
            "status": 3 if self.refuses else 4,
            "status_text": self.refuses,
        }
        self.deployments.append({**found, "body": call.body})
        return Said(None, 202, (("Location", f"{self.server.url}/api/deployments/{found['id']}?api-version=1"),))

    def deployment(self, call: Call) -> Said:
        if not self.deployments:
            return Said({"message": "none"}, 404)
        self.polls += 1
        found = {name: value for name, value in self.deployments[-1].items() if name != "body"}
        return Said({**found, "complete": self.polls > 1})
