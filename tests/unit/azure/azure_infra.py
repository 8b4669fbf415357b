"""The configuration of an app on Azure: functions and resources in, the blocks of Terraform and what they allow out."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from graphlib import TopologicalSorter
from typing import Any

from unit.azure.azure_models import http, made

from portable.tooling.app.model import AppModel, FunctionModel, Grant, ResourceModel
from portable.tooling.infra.blueprint import Blueprint, described, read_blueprint
from portable.tooling.infra.stage import Stage
from portable.tooling.target import Options
from portable_azure.deploy.infra.main import infrastructure
from portable_azure.deploy.target import target

OBJECT = {"kind": "object", "bucket": "box", "event": "created", "prefix": "", "suffix": ""}
STREAM = {"kind": "stream", "stream": "clicks", "batch": 10, "window": 0, "start": "latest"}
TICK = {"kind": "schedule", "expression": "0 3 * * *", "timezone": "UTC", "days": 0}
BUILT_IN = {
    "Storage Queue Data Message Sender": {"queues/messages/add"},
    "Storage Queue Data Message Processor": {"queues/messages/read", "queues/messages/process"},
    "Storage Queue Data Reader": {"storageAccounts/queueServices/queues/read", "queues/messages/read"},
    "Storage Blob Delegator": {"storageAccounts/blobServices/generateUserDelegationKey"},
    "Storage Blob Data Owner": {"*"},
}
"""The actions of Azure's own roles, as its documentation lists them ("Azure built-in roles for Storage")."""


class Configuration:
    """The blocks of a configuration."""

    def __init__(self, files: Mapping[str, str]) -> None:
        self.main = json.loads(files["main.tf.json"])
        self.variables = json.loads(files["variables.tf.json"])["variable"]
        self.outputs = json.loads(files["outputs.tf.json"])["output"]
        self.text = files["main.tf.json"]

    def resources(self, kind: str) -> dict[str, Any]:
        """Return the resources of a type, by label."""
        found: dict[str, Any] = self.main["resource"].get(f"azurerm_{kind}", {})
        return found

    def one(self, kind: str, label: str) -> Any:
        """Return one resource."""
        return self.resources(kind)[label]

    def settings(self, identity: str = "App") -> dict[str, str]:
        """Return the settings of a function app."""
        found: dict[str, str] = self.one("function_app_flex_consumption", identity)["app_settings"]
        return found

    def allowed(self, principal: str) -> dict[str, set[str]]:
        """Return what a principal may do: short actions by the address of what they are on.

        `principal` is the address of what has the identity, such as "user_assigned_identity.App".
        """
        found: dict[str, set[str]] = {}
        for given in self.resources("role_assignment").values():
            if principal in given["principal_id"]:
                found[address(given["scope"])] = self._actions(given)
        roles = self.resources("cosmosdb_sql_role_definition")
        for given in self.resources("cosmosdb_sql_role_assignment").values():
            if principal in given["principal_id"]:
                container = re.search(r"cosmosdb_sql_container\.[\w-]+", given["scope"])
                assert container is not None
                role = roles[label(given["role_definition_id"])]
                found[container[0]] = {short(action) for action in role["permissions"][0]["data_actions"]}
        return found

    def _actions(self, given: Mapping[str, Any]) -> set[str]:
        if "role_definition_name" in given:
            return BUILT_IN[given["role_definition_name"]]
        [permission] = self.one("role_definition", label(given["role_definition_id"]))["permissions"]
        return {short(action) for action in (*permission["actions"], *permission["data_actions"])}


def configuration(
    *functions: FunctionModel,
    resources: tuple[ResourceModel, ...] = (),
    stage: str = "prod",
    name: str = "shop",
    isolate: object = (),
) -> Configuration:
    """Return the configuration of an app that is made by hand; what a grant or a trigger names is declared."""
    named = {(resource.kind, resource.name): resource for resource in resources}
    for function in functions:
        trigger = function.trigger
        wanted = [(grant.kind, grant.resource) for grant in function.grants]
        wanted += [(kind, trigger[kind]) for kind in ("queue", "topic", "bucket", "stream") if kind in trigger]
        for kind, resource in wanted:
            named.setdefault((kind, resource), declared(kind, resource))
    model = AppModel(name, functions, tuple(named.values()), ("app",))
    options = Options("3.12", "x86_64", {"isolate": isolate})
    return Configuration(infrastructure(blueprint(model, options), Stage(name, stage)).files())


def blueprint(model: AppModel, options: Options = Options("3.12", "x86_64", {})) -> Blueprint:  # noqa: B008
    """Return what the manifest of an app says of it."""
    return read_blueprint({**described(target.plan(model, options)), "sha256": "c0de" * 16, "size": 1_000_000})


def whole(found: Configuration) -> None:
    """Fail for a reference to what is not made, and for resources that wait for each other in a circle."""
    waits = {}
    for kind, resources in found.main["resource"].items():
        for name, arguments in resources.items():
            own = f"{kind}.{name}"
            text = json.dumps(arguments).replace("data.azurerm_client_config", "data")
            waits[own] = set(re.findall(r"(azurerm_\w+\.[\w-]+)", text)) - {own}
    assert {name for needed in waits.values() for name in needed} <= set(waits)
    list(TopologicalSorter(waits).static_order())


def declared(kind: str, name: str, **options: Any) -> ResourceModel:
    """Return a resource with the options of a bare one."""
    table = {"name": name, "key": {"name": "id", "type": "str"}, "sort": None, "ttl": None, "indexes": []}
    return ResourceModel(kind, name, {**(table if kind == "table" else {}), **options})


def holding(*grants: tuple[str, str, tuple[str, ...]], name: str = "work", **more: Any) -> FunctionModel:
    """Return an HTTP function with grants: kind, resource, actions."""
    given = tuple(Grant(resource, kind, actions) for kind, resource, actions in grants)
    return having(http(name, f"/{name}", **more), given)


def queue(name: str, queue: str = "jobs", grants: tuple[Grant, ...] = (), **more: Any) -> FunctionModel:
    """Return a function of a queue."""
    return having(made(name, {"kind": "queue", "queue": queue, "batch": 1, "window": 0}, **more), grants)


def topic(name: str, wanted: Mapping[str, str] | None = None, **more: Any) -> FunctionModel:
    """Return a function of the topic news."""
    pairs = [list(pair) for pair in (wanted or {}).items()]
    return made(name, {"kind": "topic", "topic": "news", "filter": pairs}, **more)


def having(function: FunctionModel, grants: tuple[Grant, ...]) -> FunctionModel:
    """Return a function with grants."""
    from msgspec.structs import replace

    return replace(function, grants=grants)


def address(expression: str) -> str:
    """Return what an expression such as ${azurerm_storage_queue.jobs.id} refers to: storage_queue.jobs."""
    found = re.fullmatch(r"\$\{azurerm_([\w-]+\.[\w-]+)\.[\w-]+\}", expression)
    assert found is not None, expression
    return found[1]


def label(expression: str) -> str:
    """Return the label of what an expression refers to."""
    return address(expression).partition(".")[2]


def short(action: str) -> str:
    """Return the end of an action: queues/messages/add of Microsoft.Storage/…/queues/messages/add/action."""
    parts = action.removeprefix("Microsoft.").removesuffix("/action").split("/")
    return "/".join(parts[-3:]) if "messages" in parts or "items" in parts else "/".join(parts[1:])


EVERYTHING_KINDS = (
    holding(
        ("bucket", "box", ("get", "sign")),
        ("table", "rows", ("get",)),
        ("queue", "jobs", ("send",)),
        ("topic", "news", ("publish",)),
        ("stream", "clicks", ("send",)),
        ("secret", "token", ("read",)),
        ("setting", "limit", ("read",)),
        name="every",
    ),
    queue("take", "jobs"),
    topic("listen"),
    made("photo", OBJECT),
    made("gone", OBJECT | {"event": "deleted"}, dead_letter=True),
    made("follow", STREAM),
)
"""Functions with every trigger, and a client of every kind."""
