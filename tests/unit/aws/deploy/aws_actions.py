"""Which IAM actions AWS has: the operations of its services, as botocore describes them, and the actions that are called otherwise."""

from __future__ import annotations

from functools import cache

SERVICES = {"apigateway": ("apigatewayv2",), "s3": ("s3", "s3control")}
"""The services of botocore whose operations have the actions of one prefix; else there is one, of its name."""
VERBS = {f"apigateway:{verb}" for verb in ("DELETE", "GET", "PATCH", "POST", "PUT")}
"""API Gateway is asked for methods on paths."""
ASKED_BY = {
    "dynamodb:ConditionCheckItem": "TransactWriteItems",
    "lambda:InvokeFunction": "Invoke",
    "s3:DeleteObjectVersion": "DeleteObject",
    "s3:GetAccelerateConfiguration": "GetBucketAccelerateConfiguration",
    "s3:GetBucketCORS": "GetBucketCors",
    "s3:GetBucketObjectLockConfiguration": "GetObjectLockConfiguration",
    "s3:GetBucketPublicAccessBlock": "GetPublicAccessBlock",
    "s3:GetEncryptionConfiguration": "GetBucketEncryption",
    "s3:GetLifecycleConfiguration": "GetBucketLifecycleConfiguration",
    "s3:GetReplicationConfiguration": "GetBucketReplication",
    "s3:ListBucket": "ListObjectsV2",
    "s3:ListBucketVersions": "ListObjectVersions",
    "s3:PutBucketPublicAccessBlock": "PutPublicAccessBlock",
    "s3:PutEncryptionConfiguration": "PutBucketEncryption",
    "s3:PutLifecycleConfiguration": "PutBucketLifecycleConfiguration",
}
"""The operation that asks for an action of another name (service authorization reference, "Actions" of each service)."""
WITHOUT_OPERATION = {f"logs:{verb}LogDelivery" for verb in ("Create", "Delete", "Get", "Update")} | {
    "logs:ListLogDeliveries"
}
"""Actions that another service asks for ("Enable logging from AWS services")."""


def is_real(action: str) -> bool:
    """Say whether AWS has an action."""
    service, _, name = action.partition(":")
    asked = ASKED_BY.get(action, name)
    return action in VERBS | WITHOUT_OPERATION or any(
        asked in _operations(one) for one in SERVICES.get(service, (service,))
    )


@cache
def _operations(service: str) -> frozenset[str]:
    from botocore.loaders import create_loader

    return frozenset(create_loader().load_service_model(service, "service-2")["operations"])
