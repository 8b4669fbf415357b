"""Permissions that an identity holds in a cloud and that nothing needs, over the samples and the largest app of the tests.

What it holds is read from the configuration, roles opened. What is needed follows from the manifest and `needed.toml`, which
knows nothing of the adapters' own maps. Both ways are counted: a list of needs that is too long would hide what is granted.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from benchmarks.held import Permission, held
from benchmarks.rows import Row
from portable.tooling.infra.blueprint import Blueprint, DeployedFunction
from portable.tooling.infra.stage import Stage
from portable.tooling.targets import load_target
from tools.infrastructure import blueprint_of, imported

ROOT = Path(__file__).parents[1]
APPS = (*sorted(file.parent for file in (ROOT / "samples").glob("*/app.py")), ROOT / "tests" / "apps" / "deployed")
STAGE = "prod"
KNOWN = tomllib.loads(Path(__file__).with_name("needed.toml").read_text(encoding="utf-8"))
ROLES = {role: [action.format(**KNOWN["words"]) for action in actions] for role, actions in KNOWN["roles"].items()}
POISON = "-poison"

Main = dict[str, Any]
"""What `main.tf.json` holds."""


def rows() -> list[Row]:
    """Count and return the table's lines."""
    needless, missing, planted = 0, 0, []
    for app in APPS:
        with imported(app) as model:
            for target, plant in PLANTS.items():
                blueprint = blueprint_of(model, target)
                main = written(blueprint)
                needs = needed(blueprint, main)
                holds = held(target, main, ROLES)
                needless += len(shown(target, holds - needs))
                missing += len(shown(target, needs - holds))
                planted.append(len(held(target, plant(main), ROLES) - holds) > 0)
    return [
        Row("permissions granted and not needed, over all samples and targets", f"{needless}", "0", needless == 0),
        Row("permissions needed and not granted", f"{missing}", "0", missing == 0),
        Row(
            "one action more planted in each of these configurations: counted",
            f"{sum(planted)} of {len(planted)}",
            "all",
            all(planted),
        ),
    ]


def shown(target: str, found: set[Permission]) -> set[Permission]:
    """Print permissions, so that a bar that is missed says why, and return them."""
    for who, on, action in sorted(found):
        print(f"{target}: {who}: {action} on {on}")
    return found


def written(blueprint: Blueprint) -> Main:
    """Return the configuration of an app on its target."""
    found = load_target(blueprint.target).infra(blueprint, Stage(blueprint.app, STAGE))
    assert found is not None
    main: Main = json.loads(found.files()["main.tf.json"])
    return main


def needed(blueprint: Blueprint, main: Main) -> set[Permission]:
    """Return what the functions of an app need, and what calls them."""
    indexes = {
        resource.name: [index["name"] for index in resource.options.get("indexes", ())]
        for resource in blueprint.resources
        if resource.kind == "table"
    }
    found: set[Permission] = set()
    for function in blueprint.functions:
        for what, name in asked(function, main, blueprint.target):
            words = _words(blueprint, function, name)
            for row in KNOWN[blueprint.target]:
                if row["for"] == what:
                    for index in indexes.get(name, ()) if "{index}" in row["on"] else ("",):
                        found |= _filled(row, {**words, "index": index})
    return found


def asked(function: DeployedFunction, main: Main, target: str) -> Iterator[tuple[str, str]]:
    """Yield what a function asks for by its grants and its trigger, and the name of the resource."""
    yield "function", function.name
    if "site" in function.details:
        yield "site", function.name
    for grant in function.grants:
        yield f"{grant.kind} any", grant.resource
        yield from ((f"{grant.kind} {action}", grant.resource) for action in grant.actions)
    kind = function.trigger["kind"]
    name = function.trigger.get(kind, "")
    yield f"trigger {kind}", name
    if _waits(function, main, target):
        yield "fed", name
        yield f"fed {kind}", name
    if kind not in ("http", "schedule"):
        yield "pushed", name


def _waits(function: DeployedFunction, main: Main, target: str) -> bool:
    """Say whether the host takes the events of a function out of a queue."""
    if target == "aws":
        mapped = main["resource"].get("aws_lambda_event_source_mapping", {})
        return function.name in mapped and function.trigger["kind"] != "stream"
    return function.details.get("type") == "queueTrigger"


def _words(blueprint: Blueprint, function: DeployedFunction, name: str) -> dict[str, str]:
    """Return what stands for the words in braces."""
    source = name.removesuffix(POISON)
    identity = (
        {"http": "http_"}.get(function.identity, function.name) if blueprint.target == "gcp" else function.identity
    )
    return {
        **KNOWN["words"],
        "app": blueprint.app,
        "stage": Stage(blueprint.app, STAGE).prefix(),
        "name": name,
        "source": source,
        "dead": f"{source}{POISON}",
        "function": function.name,
        "identity": identity,
        "feed": function.feed or "",
        "subscription": name if function.trigger["kind"] == "queue" else f"{function.name}_push",
        "lost": function.dead_letters or "lost_",
        "who": {"aws": "", "azure": "azurerm_user_assigned_identity.", "gcp": "google_service_account."}[
            blueprint.target
        ]
        + identity,
    }


def _filled(row: Mapping[str, Any], words: Mapping[str, str]) -> set[Permission]:
    who, on = row.get("who", "{who}").format(**words), row["on"].format(**words)
    return {(who, on, action.format(**words)) for action in row["actions"]}


def _aws_planted(main: Main) -> Main:
    changed, given = _copied(main), next(iter(main["resource"]["aws_iam_role_policy"]))
    changed["data"]["aws_iam_policy_document"][given]["statement"][0]["actions"].append("iam:PassRole")
    return changed


def _azure_planted(main: Main) -> Main:
    changed = _copied(main)
    found = changed["resource"].get(
        "azurerm_cosmosdb_sql_role_definition", changed["resource"]["azurerm_role_definition"]
    )
    next(iter(found.values()))["permissions"][0]["data_actions"].append("Microsoft.DocumentDB/*")
    return changed


def _gcp_planted(main: Main) -> Main:
    changed, member = _copied(main), "${google_service_account.http_.member}"
    bound = changed["resource"].setdefault("google_project_iam_member", {})
    bound["planted"] = {"role": "roles/viewer", "member": member}
    return changed


def _copied(main: Main) -> Main:
    copied: Main = json.loads(json.dumps(main))
    return copied


PLANTS: Mapping[str, Callable[[Main], Main]] = {"aws": _aws_planted, "azure": _azure_planted, "gcp": _gcp_planted}
