"""Secrets as SSM parameters: made empty, and never read by Terraform."""

from __future__ import annotations

from portable.tooling.infra.deploying import UNSET
from portable.tooling.infra.terraform import Document
from portable_aws.deploy.infra.places import AwsPlaces


def secret(document: Document, places: AwsPlaces, name: str) -> None:
    """Add the parameter of a secret. Its value is set by its owner; a write-only argument is neither kept nor compared."""
    document.resource(
        "aws_ssm_parameter",
        name,
        name=places.secret(name),
        type="SecureString",
        value_wo=UNSET,
        value_wo_version=1,
    )
