"""What deploying to AWS differs in: where data is, how to sign in, how failures read, and the store of secrets."""

from __future__ import annotations

from portable.tooling.infra.deploying import Deploying, Queues
from portable_aws.deploy.api import SIGN_IN
from portable_aws.deploy.remote.standing import AwsStanding
from portable_aws.deploy.secrets import open_store

DEPLOYING = Deploying(
    data={
        "aws_dynamodb_table": "table",
        "aws_kinesis_stream": "stream",
        "aws_s3_bucket": "bucket",
        "aws_sqs_queue": "queue",
        "aws_ssm_parameter": "secret",
    },
    disposable=(".code_",),
    environment=("AWS_PROFILE", "AWS_REGION", "AWS_DEFAULT_REGION", "AWS_ENDPOINT_URL"),
    sign_in=SIGN_IN,
    failures={
        "credentials": (
            "No valid credential sources",
            "failed to refresh cached credentials",
            "get identity: get credentials",
            "ExpiredToken",
            "token included in the request is expired",
            "InvalidClientTokenId",
            "UnrecognizedClientException",
            "SignatureDoesNotMatch",
            "Invalid AWS Region",
            "Missing region",
        ),
        "quota": ("LimitExceeded", "ServiceQuotaExceeded", "TooManyBuckets", "OverLimit", "quota"),
        "protected": ("BucketNotEmpty", "protected against deletion", "deletion protection"),
        "exists": (
            "AlreadyExists",
            "BucketAlreadyOwnedByYou",
            "ResourceConflictException",
            "ResourceInUseException",
            "ConflictException",
            "QueueNameExists",
            "already exists",
        ),
        "denied": ("AccessDenied", "not authorized to perform", "AuthorizationError", "UnauthorizedOperation"),
    },
    secrets=open_store,
    standing=AwsStanding,
    places={"AWS_REGION": "region"},
    queues=Queues(
        look="SQS shows a message only to who takes it: each was taken, and given back at once", counted=True
    ),
)
