"""Policies of resources and roles as Terraform's own policy documents, which a reviewer can read."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from portable.tooling.infra.terraform import Document, Expression, reference
from portable_aws.deploy.infra.places import ACCOUNT

_INSECURE = [{"test": "Bool", "variable": "aws:SecureTransport", "values": ["false"]}]


def policy(document: Document, name: str, statements: Iterable[dict[str, Any]]) -> Expression:
    """Add a policy document and return its JSON."""
    return reference(f"{document.data('aws_iam_policy_document', name, statement=list(statements))}.json")


def role(document: Document, label: str, name: str, service: str, source: Expression | None = None) -> str:
    """Add a role that one service of this account may take, for one source where it is known; return its address."""
    conditions = [{"test": "StringEquals", "variable": "aws:SourceAccount", "values": [ACCOUNT]}]
    if source is not None:
        conditions.append({"test": "ArnLike", "variable": "aws:SourceArn", "values": [source]})
    trust = {
        "actions": ["sts:AssumeRole"],
        "principals": [{"type": "Service", "identifiers": [service]}],
        **({} if service == "lambda.amazonaws.com" else {"condition": conditions}),
    }
    assumed = policy(document, f"{label}_trust", [trust])
    boundary = reference("var.permissions_boundary")
    return document.resource(
        "aws_iam_role", label, name=name, assume_role_policy=assumed, permissions_boundary=boundary
    )


def topic_policy(document: Document, label: str, topic: str, publisher: tuple[str, Expression] | None = None) -> str:
    """Add the policy of an SNS topic and return its address: TLS only, and a service that may publish for one source."""
    own = reference(f"{topic}.arn")
    allowed = [allow_service(publisher[0], "sns:Publish", own, publisher[1])] if publisher else []
    found = policy(document, f"topic_{label}", [*allowed, only_encrypted("sns:Publish", [own])])
    return document.resource("aws_sns_topic_policy", label, arn=own, policy=found)


def allow_call(
    document: Document,
    function: str,
    statement: str,
    service: str,
    source: Expression,
    account: Expression | None = None,
) -> None:
    """Let a service call a function for one source, of one account where that may be another one's."""
    document.resource(
        "aws_lambda_permission",
        function,
        statement_id=statement,
        action="lambda:InvokeFunction",
        function_name=reference(f"aws_lambda_function.{function}.function_name"),
        principal=service,
        source_arn=source,
        source_account=account,
    )


def allow_service(service: str, action: str, resource: Expression, source: Expression) -> dict[str, Any]:
    """Return the statement that lets a service act for one resource of this account, and for no other."""
    return {
        "actions": [action],
        "resources": [resource],
        "principals": [{"type": "Service", "identifiers": [service]}],
        "condition": [
            {"test": "ArnLike", "variable": "aws:SourceArn", "values": [source]},
            {"test": "StringEquals", "variable": "aws:SourceAccount", "values": [ACCOUNT]},
        ],
    }


def only_encrypted(action: str, resources: list[Expression]) -> dict[str, Any]:
    """Return the statement that refuses whatever comes without TLS."""
    return {
        "effect": "Deny",
        "actions": [action],
        "resources": resources,
        "principals": [{"type": "*", "identifiers": ["*"]}],
        "condition": _INSECURE,
    }
