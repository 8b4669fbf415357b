"""What applying a configuration takes -> roles of the stage's resource group, and who gets them: what an administrator applies once."""

from __future__ import annotations

import json
from typing import Any

from portable.tooling.grouping import grouped
from portable.tooling.infra.administering import IF_MAY_DELETE_DATA, MAY_DELETE_DATA, ROLE, Documents, Trust, Wanted
from portable.tooling.infra.places import declare
from portable.tooling.infra.terraform import Document, Expression, reference
from portable_azure.deploy.infra.main import PROVIDER

SUBSCRIPTION = "subscription"
_GROUP = reference("azurerm_resource_group.stage.id")
_WHOLE = Expression("/subscriptions/${data.azurerm_client_config.here.subscription_id}")
_VARIABLES: tuple[tuple[str, str, Any, str], ...] = (
    ("region", "string", ..., "The region of the stage."),
    ("subscription_id", "string", None, "The subscription of the stage; ARM_SUBSCRIPTION_ID where it is not given."),
    MAY_DELETE_DATA,
)
_PRINCIPAL = (("principal_id", "string", ..., "The object id of the person, group or identity that deploys."),)
_ROLES = "Microsoft.Authorization/roleAssignments"


def documents(wanted: Wanted) -> Documents:
    """Return the files of who deploys a stage: `main.tf.json`, and `adopt.tf.json` for the stage's own folder."""
    main = Document()
    main.provider("azurerm", PROVIDER, subscription_id=reference("var.subscription_id"), features={})
    main.data("azurerm_client_config", "here")
    declare(main, (*_VARIABLES, *(() if wanted.trust else _PRINCIPAL)))
    group = wanted.main.get("resource", "azurerm_resource_group", "stage")
    assert group is not None, "a stage on Azure has a resource group"
    stage = str(group["name"])
    main.resource(
        "azurerm_resource_group",
        "stage",
        name=stage,
        location=reference("var.region"),
        lifecycle={"ignore_changes": ["tags"]},
    )
    principal = _identity(main, stage, wanted.trust) if wanted.trust else reference("var.principal_id")
    condition = _condition(main, wanted)
    for label, found, scope in _parts(wanted):
        _give(main, wanted, label, found, scope, principal, condition)
    return Documents({"main.tf.json": main.text(), "adopt.tf.json": _adopt(stage)}, tuple(_notes(wanted)))


def _parts(wanted: Wanted) -> list[tuple[str, list[str], Expression]]:
    """Return the roles: what deploys and what deletes data in the resource group, and what is asked of the subscription."""

    def actions(*, data: bool, on: str) -> list[str]:
        return sorted({each.action for each in wanted.needed if each.data is data and each.on == on})

    return [
        ("deploy", actions(data=False, on=""), _GROUP),
        ("delete_data", actions(data=True, on=""), _GROUP),
        (SUBSCRIPTION, actions(data=False, on=SUBSCRIPTION), _WHOLE),
    ]


def _give(
    main: Document,
    wanted: Wanted,
    label: str,
    actions: list[str],
    scope: Expression,
    principal: Expression,
    condition: Expression,
) -> None:
    """Add a role and its assignment; who assigns roles may assign those of the stage only."""
    if not actions:
        return
    role = main.resource(
        "azurerm_role_definition",
        label,
        name=Expression(f"{wanted.stage.prefix()} {ROLE} {label} ${{data.azurerm_client_config.here.subscription_id}}"),
        description=f"What deploying {wanted.stage.app} to its stage {wanted.stage.name} takes.",
        scope=scope,
        assignable_scopes=[scope],
        permissions=[{"actions": actions}],
    )
    assigns = f"{_ROLES}/write" in actions or f"{_ROLES}/delete" in actions
    main.resource(
        "azurerm_role_assignment",
        label,
        count=IF_MAY_DELETE_DATA if label == "delete_data" else None,
        scope=scope,
        role_definition_id=reference(f"{role}.role_definition_resource_id"),
        principal_id=principal,
        condition=condition if assigns else None,
        condition_version="2.0" if assigns else None,
    )


def _condition(main: Document, wanted: Wanted) -> Expression:
    """Return the condition on the assignments of roles: only the roles that the configuration of the stage assigns."""
    ids = []
    for kind, _, arguments in wanted.main.each("resource"):
        if kind != "azurerm_role_assignment":
            continue
        name = arguments.get("role_definition_name")
        ids.append(_built_in(main, name) if name else _own(wanted, arguments["role_definition_id"]))
    allowed = ", ".join(sorted(set(ids)))
    checks = (("write", "Request"), ("delete", "Resource"))
    return Expression(
        " AND ".join(
            f"((!(ActionMatches{{'{_ROLES}/{action}'}})) OR "
            f"(@{side}[{_ROLES}:RoleDefinitionId] ForAnyOfAnyValues:GuidEquals {{{allowed}}}))"
            for action, side in checks
        )
    )


def _built_in(main: Document, name: str) -> str:
    label = name.lower().replace(" ", "_")
    if main.get("data", "azurerm_role_definition", label) is None:
        main.data("azurerm_role_definition", label, name=name)
    return f"${{basename(data.azurerm_role_definition.{label}.role_definition_id)}}"


def _own(wanted: Wanted, role: str) -> str:
    """Return the id of a role of the stage, which its configuration derives from the name of the role."""
    label = role.removeprefix("${azurerm_role_definition.").partition(".")[0]
    found = wanted.main.get("resource", "azurerm_role_definition", label)
    assert found is not None, f"the stage has no role {label}"
    return str(found["role_definition_id"])


def _identity(main: Document, stage: str, trust: Trust) -> Expression:
    """Add the identity of a pipeline, in a resource group that it has no rights in, and whom it trusts: one subject, whole."""
    group = main.resource("azurerm_resource_group", ROLE, name=f"{stage}-{ROLE}", location=reference("var.region"))
    where = reference(f"{group}.name")
    identity = main.resource(
        "azurerm_user_assigned_identity",
        ROLE,
        name=f"{stage}-{ROLE}",
        resource_group_name=where,
        location=reference("var.region"),
    )
    main.resource(
        "azurerm_federated_identity_credential",
        ROLE,
        name=trust.ci,
        user_assigned_identity_id=reference(f"{identity}.id"),
        audience=[trust.audience],
        issuer=trust.issuer,
        subject=trust.subject,
    )
    for output, value in (("client_id", f"{identity}.client_id"), ("tenant_id", f"{identity}.tenant_id")):
        main.block("output", output, value=reference(value))
    main.block("output", "subscription_id", value=reference("data.azurerm_client_config.here.subscription_id"))
    return reference(f"{identity}.principal_id")


def _adopt(stage: str) -> str:
    """Return the file that lets the configuration of the stage take over its resource group."""
    place = f"/subscriptions/${{data.azurerm_client_config.here.subscription_id}}/resourceGroups/{stage}"
    return json.dumps({"import": [{"to": "azurerm_resource_group.stage", "id": place}]}, indent=2) + "\n"


def _notes(wanted: Wanted) -> list[str]:
    on = grouped((each.why, each) for each in sorted(wanted.needed) if each.why)
    return [
        *(
            f"{', '.join(sorted({each.action for each in found}))} on the {found[0].on}: {why}"
            for why, found in on.items()
        ),
        "copy adopt.tf.json beside the files of the stage: the resource group is made here, so that the rights end with it",
        "whoever deploys writes the roles of the stage, and so decides what they hold within its resource group",
    ]
