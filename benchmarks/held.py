"""What each identity holds by a configuration: who, on what, which action. Roles of the app's own are opened."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

Permission = tuple[str, str, str]
"""Who, on what, which action."""
Roles = Mapping[str, list[str]]
"""What the provider's own roles hold."""

_ADDRESS = re.compile(r"\b((?:aws|azurerm|google)_\w+\.[\w-]+)")
_LOCAL = re.compile(r"-?\$\{local\.\w+\}")
_FIFO = ".fifo"
_BINDING = re.compile(r"google_\w+_iam_member")
_READ = re.compile(
    r"aws_iam_role(_policy(_attachment)?)?|google_\w+_iam_(member|custom_role)|azurerm_(cosmosdb_sql_)?role_(assignment|definition)"
)
_GIVES = re.compile(r"aws_iam_\w+|google_\w+_iam_\w+|azurerm_\w*role_\w+|azurerm_\w*access_policy")
_WHERE = ("bucket", "topic", "subscription", "secret_id", "service_account_id", "name")
"""The arguments of bindings that say on what."""


def aws(main: Mapping[str, Any], roles: Roles) -> set[Permission]:
    """Return what the roles of IAM hold. A policy that is attached from elsewhere stands for itself."""
    documents, resources = main["data"]["aws_iam_policy_document"], main["resource"]
    found: set[Permission] = set()
    for given in resources.get("aws_iam_role_policy", {}).values():
        document = documents[_label(given["policy"])]
        for statement in document["statement"]:
            if statement.get("effect") != "Deny":
                places = [_arn(resource) for resource in statement["resources"]]
                found |= {(_label(given["role"]), on, action) for on in places for action in statement["actions"]}
    for given in resources.get("aws_iam_role_policy_attachment", {}).values():
        found.add((_label(given["role"]), "*", given["policy_arn"]))
    return found


def azure(main: Mapping[str, Any], roles: Roles) -> set[Permission]:
    """Return what the assignments of Azure and of Cosmos DB give."""
    resources = main["resource"]
    found: set[Permission] = set()
    for kind in ("azurerm_role_assignment", "azurerm_cosmosdb_sql_role_assignment"):
        defined = resources.get(kind.replace("assignment", "definition"), {})
        for given in resources.get(kind, {}).values():
            role = given.get("role_definition_name")
            actions = roles.get(role, [role]) if role else _opened(defined[_label(given["role_definition_id"])])
            found |= {(_address(given["principal_id"]), _address(given["scope"]), action) for action in actions}
    return found


def gcp(main: Mapping[str, Any], roles: Roles) -> set[Permission]:
    """Return what the bindings give. One of the project is on what its condition names, or on the whole project."""
    own = main["resource"].get("google_project_iam_custom_role", {})
    found: set[Permission] = set()
    for given in _bindings(main["resource"]):
        role = given["role"]
        actions = own[_label(role)]["permissions"] if role.startswith("${") else roles.get(role, [role])
        where = next(
            (given[name] for name in _WHERE if name in given), given.get("condition", {}).get("expression", "")
        )
        found |= {(_address(given["member"]), _address(where), action) for action in actions}
    return found


_CLOUDS: Mapping[str, Callable[[Mapping[str, Any], Roles], set[Permission]]] = {"aws": aws, "azure": azure, "gcp": gcp}


def held(target: str, main: Mapping[str, Any], roles: Roles) -> set[Permission]:
    """Return what each identity holds. A type of resource that gives permissions and is not read here counts as one."""
    others = {kind for kind in main["resource"] if _GIVES.fullmatch(kind) and not _READ.fullmatch(kind)}
    return _CLOUDS[target](main, roles) | {("somebody", "somewhere", kind) for kind in others}


def _bindings(resources: Mapping[str, Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    for kind, labels in resources.items():
        if _BINDING.fullmatch(kind):
            yield from labels.values()


def _opened(role: Mapping[str, Any]) -> list[str]:
    return [
        action for one in role["permissions"] for kind in ("actions", "data_actions") for action in one.get(kind, ())
    ]


def _address(text: str) -> str:
    """Return the last address in an expression; a text without one as it is, and "the project" for no text."""
    found = _ADDRESS.findall(text)
    return found[-1] if found else _LOCAL.sub("-", text) or "the project"


def _label(text: str) -> str:
    return _address(text).partition(".")[2]


def _arn(text: str) -> str:
    """Return the service of an ARN and what is on it, without partition, region and account."""
    if not text.startswith("arn:"):
        return _address(text)
    _, _, service, _, _, place = text.split(":", 5)
    return f"{service}:{_LOCAL.sub('', place).removesuffix(_FIFO)}"
