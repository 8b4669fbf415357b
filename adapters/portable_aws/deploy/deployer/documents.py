"""Policies and a trust -> the files that an administrator applies once: a small configuration, and the policies as JSON."""

from __future__ import annotations

from typing import Any

from portable.tooling.infra.administering import IF_MAY_DELETE_DATA, MAY_DELETE_DATA, ROLE, Documents, Trust, Wanted
from portable.tooling.infra.places import declare
from portable.tooling.infra.terraform import Document, Expression, reference
from portable_aws.deploy.deployer.policies import MOST, policies, reasons, text
from portable_aws.deploy.infra.main import PROVIDER
from portable_aws.deploy.infra.places import here
from portable_aws.deploy.infra.policies import policy

_VARIABLES = (
    ("region", "string", None, "The region of the stage; AWS_REGION where it is not given."),
    MAY_DELETE_DATA,
)
_OF_TRUST = (
    (
        "oidc_provider_arn",
        "string",
        None,
        "The account's provider for the pipeline's tokens; made where it is not given.",
    ),
)


def documents(wanted: Wanted) -> Documents:
    """Return the files of who deploys a stage: `main.tf.json`, and each policy."""
    held, exact = policies(wanted)
    main = Document()
    main.provider("aws", PROVIDER, region=reference("var.region"))
    main.top("locals", places=here(main))
    declare(main, (*_VARIABLES, *(_OF_TRUST if wanted.trust else ())))
    for name in held:
        main.resource(
            "aws_iam_policy",
            name,
            name=wanted.stage.called(f"{ROLE}_{name}", 128),
            description=f"What deploying {wanted.stage.app} to its stage {wanted.stage.name} takes.",
            policy=Expression(f'${{templatefile("${{path.module}}/policy-{name}.json", local.places)}}'),
        )
    main.block("output", "policies", value=[reference(f"aws_iam_policy.{name}.arn") for name in held])
    if wanted.trust is not None:
        _role(main, wanted, wanted.trust, list(held))
    files = {"main.tf.json": main.text(), **{f"policy-{name}.json": text(found) for name, found in held.items()}}
    return Documents(files, tuple(_notes(wanted, exact=exact)), "policy-*.json")


def _role(main: Document, wanted: Wanted, trust: Trust, names: list[str]) -> None:
    """Add the role that the pipeline takes, and nobody else: the issuer, the audience and the subject are compared whole."""
    issuer = trust.issuer.removeprefix("https://")
    main.resource(
        "aws_iam_openid_connect_provider",
        ROLE,
        count=reference("var.oidc_provider_arn == null ? 1 : 0"),
        url=trust.issuer,
        client_id_list=[trust.audience],
    )
    provider = reference(f"coalesce(var.oidc_provider_arn, one(aws_iam_openid_connect_provider.{ROLE}[*].arn))")
    claims = (("aud", trust.audience), ("sub", trust.subject))
    statement: dict[str, Any] = {
        "actions": ["sts:AssumeRoleWithWebIdentity"],
        "principals": [{"type": "Federated", "identifiers": [provider]}],
        "condition": [
            {"test": "StringEquals", "variable": f"{issuer}:{claim}", "values": [value]} for claim, value in claims
        ],
    }
    role = main.resource(
        "aws_iam_role",
        ROLE,
        name=wanted.stage.called(f"{ROLE}_"),
        description=f"Deploys {wanted.stage.app} to its stage {wanted.stage.name}.",
        assume_role_policy=policy(main, f"{ROLE}_trust", [statement]),
        max_session_duration=3600,
    )
    for name in names:
        main.resource(
            "aws_iam_role_policy_attachment",
            name,
            count=IF_MAY_DELETE_DATA if name.startswith("delete-data") else None,
            role=reference(f"{role}.name"),
            policy_arn=reference(f"aws_iam_policy.{name}.arn"),
        )
    main.block("output", "role", value=reference(f"{role}.arn"))


def _notes(wanted: Wanted, *, exact: bool) -> list[str]:
    notes = reasons(wanted)
    if not exact:
        notes.append(
            f"the names of this app do not fit into the {MOST} policies that AWS attaches to a role. So the policies have what the "
            f"names begin with, {wanted.stage.prefix()}-, which fits the names of a stage such as {wanted.stage.name}-2 too"
        )
    if wanted.boundary is None:
        notes.append(
            "whoever deploys writes the roles of the app, and so decides what they may do: --boundary ARN names a limit for them"
        )
    else:
        notes.append(f'set the variable permissions_boundary = "{wanted.boundary}" of the stage, in <stage>.tfvars')
    return notes
