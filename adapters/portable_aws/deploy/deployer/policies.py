"""What applying a configuration takes -> IAM policies that hold exactly that, small enough for AWS."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from portable.tooling.grouping import grouped
from portable.tooling.infra.actions import Needed
from portable.tooling.infra.administering import Wanted
from portable.tooling.infra.stage import Stage
from portable.tooling.infra.terraform import Document

PLACES = {"partition": "aws-us-gov", "region": "ap-southeast-1", "account": "0" * 12}
"""What `${…}` in a policy stands for, with the longest value of each."""
LONGEST = 6144
"""Characters of a managed policy without white space (IAM quotas)."""
MOST = 10
"""Managed policies of one role or user (IAM quotas)."""
ANYWHERE = "*"
_OF_ROLES = ("aws_iam_role", "aws_iam_role_policy")
_BOUNDED = ("iam:CreateRole", "iam:PutRolePolicy", "iam:DeleteRolePolicy")
"""What gives a role its rights: only roles with the boundary may be given any."""
_LOCKS = ("dynamodb:DeleteItem", "dynamodb:DescribeTable", "dynamodb:GetItem", "dynamodb:PutItem")
"""What the older lock of the backend needs of its table (Terraform "s3" backend)."""
_SET_BOUNDARY = "iam:PutRolePermissionsBoundary"

Statement = dict[str, Any]


def policies(wanted: Wanted) -> tuple[dict[str, list[Statement]], bool]:
    """Return the statements of each policy by its name, what deploys and what deletes data; and whether they name each thing.

    An app with more names than the policies of one role can hold has what its names begin with instead.
    """
    made = _named(wanted, lambda name: name)
    exact = len(made) <= MOST
    return made if exact else _named(wanted, lambda name: beginning(name, wanted.stage)), exact


def beginning(name: str, stage: Stage) -> str:
    """Return a pattern for all names of a stage that begin as this one does; a name of somebody else's stays."""
    for begins in (f"{stage.prefix()}-", f"/{stage.app}/{stage.name}/"):
        before, found, _ = name.partition(begins)
        if found:
            return f"{before}{begins}*"
    return name


def _named(wanted: Wanted, shown: Callable[[str], str]) -> dict[str, list[Statement]]:
    kept = statements((each for each in wanted.needed if not each.data), wanted.boundary, shown)
    deploy = _packed([*kept, *passed(wanted.main, shown), *state(wanted.backend)])
    deletes = _packed(statements((each for each in wanted.needed if each.data), wanted.boundary, shown))
    return {
        **{f"deploy-{number}": each for number, each in enumerate(deploy, 1)},
        **{f"delete-data-{number}": each for number, each in enumerate(deletes, 1)},
    }


def statements(found: Iterable[Needed], boundary: str | None, shown: Callable[[str], str] = str) -> Iterator[Statement]:
    """Yield what is needed as statements: things with the same actions together, and what AWS restricts to nothing last."""
    on = grouped(
        ((shown(arn(each.on)), tuple((key, shown(value)) for key, value in when)), action)
        for each in found
        for action, when in _bounded(each, boundary)
    )
    together = grouped(
        ((tuple(sorted(set(actions))), tuple(key for key, _ in when)), (thing, tuple(value for _, value in when)))
        for (thing, when), actions in sorted(on.items())
    )
    for (names, keys), things in sorted(together.items(), key=lambda each: (each[1][0][0] == ANYWHERE, each[0])):
        yield _statement(
            names,
            sorted({thing for thing, _ in things}),
            {key: sorted({values[number] for _, values in things}) for number, key in enumerate(keys)},
        )


def passed(main: Document, shown: Callable[[str], str] = str) -> list[Statement]:
    """Return the statements that hand the roles of the app, and no others, to the service that each is for."""
    by_service: dict[str, set[str]] = {}
    for kind, label, arguments in main.each("resource"):
        if kind == "aws_iam_role":
            trust = main.get("data", "aws_iam_policy_document", f"{label}_trust")
            assert trust is not None, f"the role {label} has no trust policy"
            service = trust["statement"][0]["principals"][0]["identifiers"][0]
            own = shown(arn(f"iam::{{account}}:role/{arguments['name']}"))
            by_service.setdefault(service, set()).add(own)
    return [
        _statement(("iam:PassRole",), sorted(roles), {"iam:PassedToService": [service]})
        for service, roles in sorted(by_service.items())
    ]


def state(backend: tuple[str, Mapping[str, str]] | None) -> list[Statement]:
    """Return the statements for an engine's state in S3: the state and the lock of each workspace, and their bucket."""
    if backend is None or backend[0] != "s3" or not backend[1].get("bucket") or not backend[1].get("key"):
        return []
    given = backend[1]
    bucket, key = f"arn:${{partition}}:s3:::{given['bucket']}", given["key"]
    states = [f"{bucket}/{key}", f"{bucket}/{given.get('workspace_key_prefix', 'env:')}/*/{key}"]
    locks = [f"{each}.tflock" for each in states]
    made = [
        _statement(("s3:ListBucket",), [bucket], {}),
        _statement(("s3:GetObject", "s3:PutObject"), states, {}),
        _statement(("s3:DeleteObject", "s3:GetObject", "s3:PutObject"), locks, {}),
    ]
    if "dynamodb_table" in given:
        table = f"arn:${{partition}}:dynamodb:${{region}}:${{account}}:table/{given['dynamodb_table']}"
        made.append(_statement(_LOCKS, [table], {}))
    return made


def reasons(wanted: Wanted) -> list[str]:
    """Return what reaches more than one thing of the stage: the actions, on what, and why."""
    on = grouped(((arn(each.on), each.why), each.action) for each in wanted.needed if each.why)
    things = grouped(
        ((", ".join(sorted(set(actions))), why), thing.replace("${", "{"))
        for (thing, why), actions in sorted(on.items())
    )
    return [
        f"{actions} on {found[0]}{f' and {len(found) - 1} more' if len(found) > 1 else ''}: {why}"
        for (actions, why), found in things.items()
    ]


def text(found: list[Statement]) -> str:
    """Return the JSON of a policy. `${partition}`, `${region}` and `${account}` in it are filled in by who applies it."""
    return json.dumps({"Version": "2012-10-17", "Statement": found}, indent=2, ensure_ascii=False) + "\n"


def _bounded(each: Needed, boundary: str | None) -> Iterator[tuple[str, tuple[tuple[str, str], ...]]]:
    """Yield an action with its conditions, and what comes with it where roles have a boundary."""
    bounded = boundary is not None and each.kind in _OF_ROLES
    limit = (("iam:PermissionsBoundary", boundary or ""),)
    when = tuple((key, arn(value)) for key, value in each.when)
    yield each.action, when if not bounded or each.action not in _BOUNDED else (*when, *limit)
    if bounded and each.action == "iam:CreateRole":
        yield _SET_BOUNDARY, limit


def _statement(actions: tuple[str, ...], resources: list[str], when: Mapping[str, list[str]]) -> Statement:
    found: Statement = {"Effect": "Allow", "Action": list(actions), "Resource": resources}
    for key, values in when.items():
        test = "ArnLike" if key.endswith("Arn") else "StringEquals"
        found.setdefault("Condition", {}).setdefault(test, {})[key] = values
    return found


def arn(on: str) -> str:
    """Return the ARN of what a rule names, with the placeholders of a policy; a text that names nothing stays."""
    if ":" not in on:
        return on
    for place in PLACES:
        on = on.replace(f"{{{place}}}", f"${{{place}}}")
    return f"arn:${{partition}}:{on.replace('${local.', '${')}"


def _packed(found: Iterable[Statement]) -> list[list[Statement]]:
    """Return statements in as few policies as AWS lets be; a statement that is too long is split by its resources."""
    packed: list[list[Statement]] = []
    for statement in (part for each in found for part in _split(each)):
        if packed and length([*packed[-1], statement]) <= LONGEST:
            packed[-1].append(statement)
        else:
            packed.append([statement])
    return packed


def _split(statement: Statement) -> Iterator[Statement]:
    resources = statement["Resource"]
    if length([statement]) <= LONGEST or len(resources) == 1:
        yield statement
        return
    for half in (resources[: len(resources) // 2], resources[len(resources) // 2 :]):
        yield from _split({**statement, "Resource": half})


def length(found: list[Statement]) -> int:
    """Return the characters that AWS counts, with the longest names of a region and a partition."""
    made = json.dumps({"Version": "2012-10-17", "Statement": found}, separators=(",", ":"), ensure_ascii=False)
    for place, longest in PLACES.items():
        made = made.replace(f"${{{place}}}", longest)
    return len(made)
