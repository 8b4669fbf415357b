"""Policies of resources and roles as Terraform's own policy documents, which a reviewer can read."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from portable.tooling.infra.terraform import Document, Expression, reference
from portable_aws.deploy.infra.places import ACCOUNT

_INSECURE = [{"test": "Bool", "variable": "aws:SecureTransport", "values": ["false"]}]


def policy(document: Document, name: str, found: Iterable[dict[str, Any]]) -> Expression:
    """Add a policy document and return its JSON."""
    return reference(f"{document.data('aws_iam_policy_document', name, statement=list(found))}.json")


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


def allow_service(
    service: str, action: str, resource: Expression, source: Expression, test: str = "ArnEquals"
) -> dict[str, Any]:
    """Return the statement that lets a service act for one resource of this account, and for no other.

    With the test "ArnLike" the source may be a pattern.
    """
    return {
        "actions": [action],
        "resources": [resource],
        "principals": [{"type": "Service", "identifiers": [service]}],
        "condition": [
            {"test": test, "variable": "aws:SourceArn", "values": [source]},
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
