"""What applying a configuration takes -> roles of the project, and who gets them: what an administrator applies once."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from portable.tooling.infra.administering import IF_MAY_DELETE_DATA, MAY_DELETE_DATA, ROLE, Documents, Trust, Wanted
from portable.tooling.infra.places import declare
from portable.tooling.infra.stage import shortened
from portable.tooling.infra.terraform import Document, Expression, reference
from portable_gcp.deploy.infra.main import PROVIDER

_PROJECT = reference("data.google_project.here.project_id")
_NUMBER = "${data.google_project.here.number}"
_VARIABLES: tuple[tuple[str, str, Any, str], ...] = (
    ("project", "string", None, "The project of the stage; GOOGLE_PROJECT where it is not given."),
    MAY_DELETE_DATA,
)
_MEMBER = (("member", "string", ..., "Who deploys, such as user:ada@example.com or group:deployers@example.com."),)
_GRANTS, _CODE = "grants", "code"
CODE_NAME = "--code"
"""What is in the name of the bucket of the code, and of no other bucket of a stage."""
_ID_LIMIT = 64
_ACCOUNT_LIMIT = 30
_POOL_LIMIT = 32


def documents(wanted: Wanted) -> Documents:
    """Return the files of who deploys a stage."""
    main = Document()
    main.provider("google", PROVIDER, project=reference("var.project"))
    main.data("google_project", "here")
    declare(main, (*_VARIABLES, *(() if wanted.trust else _MEMBER)))
    member = _identity(main, wanted, wanted.trust) if wanted.trust else reference("var.member")
    conditions = _conditions(wanted)
    held: dict[tuple[str, bool], set[str]] = {}
    for each in wanted.needed:
        held.setdefault((_place(each.on), each.data), set()).add(each.action)
    for (on, data), permissions in sorted(held.items()):
        _give(
            main, wanted, f"{on or 'project'}{'_delete_data' if data else ''}", permissions, member, conditions.get(on)
        )
    return Documents({"main.tf.json": main.text()}, _NOTES)


def _place(on: str) -> str:
    """Return the place of a permission: the bucket of the code, the other buckets, secrets, grants, or "" for the project."""
    return _CODE if CODE_NAME in on else on.partition("/")[0]


def _give(
    main: Document,
    wanted: Wanted,
    label: str,
    permissions: set[str],
    member: Expression,
    condition: Mapping[str, Any] | None,
) -> None:
    """Add a role and bind it to who deploys."""
    name = f"{wanted.stage.prefix()}--{ROLE}-{label}"
    role = main.resource(
        "google_project_iam_custom_role",
        label,
        role_id=shortened(name, _ID_LIMIT).replace("-", "."),
        title=shortened(name, 100),
        permissions=sorted(permissions),
    )
    main.resource(
        "google_project_iam_member",
        label,
        count=IF_MAY_DELETE_DATA if label.endswith("_delete_data") else None,
        project=_PROJECT,
        role=reference(f"{role}.id"),
        member=member,
        condition=condition,
    )


def _conditions(wanted: Wanted) -> dict[str, dict[str, Any]]:
    """Return the condition of each binding that has one: names of the stage, and the roles that the stage gives."""
    begins = f"{wanted.stage.prefix()}-"
    roles = sorted({_role(wanted, arguments["role"]) for arguments in _members(wanted)})
    granted = "api.getAttribute('iam.googleapis.com/modifiedGrantsByRole', []).hasOnly([{}])"
    return {
        _CODE: {
            "title": f"the code of {wanted.stage.prefix()}"[:100],
            "expression": Expression(f'resource.name.startsWith("projects/_/buckets/{_code(wanted)}")'),
        },
        "buckets": {
            "title": f"buckets {begins}"[:100],
            "expression": f'resource.name.startsWith("projects/_/buckets/{begins}")',
        },
        "secrets": {
            "title": f"secrets {begins}"[:100],
            "expression": Expression(f'resource.name.startsWith("projects/{_NUMBER}/secrets/{begins}")'),
        },
        _GRANTS: {
            "title": f"roles of {wanted.stage.prefix()}"[:100],
            "expression": Expression(granted.format(", ".join(f"'{role}'" for role in roles))),
        },
    }


def _code(wanted: Wanted) -> str:
    """Return the name of the bucket of the code."""
    names = {each.on.partition("/")[2] for each in wanted.needed if CODE_NAME in each.on}
    (name,) = names
    return name.replace("${local.project_number}", _NUMBER)


def _members(wanted: Wanted) -> list[Mapping[str, Any]]:
    return [arguments for kind, _, arguments in wanted.main.each("resource") if kind == "google_project_iam_member"]


def _role(wanted: Wanted, role: str) -> str:
    """Return a role as the policy of the project names it."""
    label = role.removeprefix("${google_project_iam_custom_role.").partition(".")[0]
    found = wanted.main.get("resource", "google_project_iam_custom_role", label)
    return role if found is None else f"projects/{_PROJECT}/roles/{found['role_id']}"


def _identity(main: Document, wanted: Wanted, trust: Trust) -> Expression:
    """Add the identity of a pipeline and whom it trusts: tokens of one issuer, for one audience, with one subject."""
    prefix = wanted.stage.prefix()
    account = main.resource(
        "google_service_account",
        ROLE,
        account_id=shortened(f"{prefix}--{ROLE}", _ACCOUNT_LIMIT),
        display_name=f"Deploys {wanted.stage.app} to its stage {wanted.stage.name}."[:100],
    )
    pool = main.resource(
        "google_iam_workload_identity_pool",
        ROLE,
        workload_identity_pool_id=shortened(f"{prefix}--{ROLE}", _POOL_LIMIT),
        display_name=shortened(f"{prefix}--{ROLE}", _POOL_LIMIT),
    )
    provider = main.resource(
        "google_iam_workload_identity_pool_provider",
        ROLE,
        workload_identity_pool_id=reference(f"{pool}.workload_identity_pool_id"),
        workload_identity_pool_provider_id=trust.ci,
        attribute_mapping={"google.subject": "assertion.sub"},
        attribute_condition=f"assertion.sub == {json.dumps(trust.subject)}",
        oidc={"issuer_uri": trust.issuer, "allowed_audiences": [trust.audience]},
    )
    main.resource(
        "google_service_account_iam_member",
        ROLE,
        service_account_id=reference(f"{account}.name"),
        role="roles/iam.workloadIdentityUser",
        member=Expression(f"principal://iam.googleapis.com/${{{pool}.name}}/subject/") + trust.subject,
    )
    main.block("output", "service_account", value=reference(f"{account}.email"))
    main.block("output", "provider", value=reference(f"{provider}.name"))
    return reference(f"{account}.member")


_NOTES = (
    "Google has no smaller place than the project for most services: what is not in a condition reaches their resources of the "
    "whole project. Give each stage a project of its own",
    "iam.serviceAccounts.actAs and iam.serviceAccounts.setIamPolicy are asked of service accounts that do not exist before, so "
    "they are given on the project",
    "whoever deploys writes the roles of the stage, and so decides what they hold",
)
