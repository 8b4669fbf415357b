"""What deploying to Google Cloud differs in: where data is, how to sign in, how failures read, and the store of secrets."""

from __future__ import annotations

from portable.tooling.infra.deploying import Deploying, Queues
from portable_gcp.deploy.queues import emptied
from portable_gcp.deploy.secrets import open_store

DEPLOYING = Deploying(
    data={
        "google_firestore_database": "database",
        "google_pubsub_topic": "topic",
        "google_secret_manager_secret": "secret",
        "google_storage_bucket": "bucket",
    },
    waiting={"google_pubsub_subscription": "subscription"},
    disposable=(".code_",),
    environment=("GOOGLE_PROJECT", "GOOGLE_CLOUD_PROJECT", "GOOGLE_REGION", "GOOGLE_IMPERSONATE_SERVICE_ACCOUNT"),
    sign_in=(
        "Sign in to Google Cloud, for example with `gcloud auth application-default login`, and give GOOGLE_PROJECT and "
        "GOOGLE_REGION"
    ),
    failures={
        "credentials": (
            "could not find default credentials",
            "No credentials loaded",
            "invalid_grant",
            "Reauthentication",
            "UNAUTHENTICATED",
            "project: required field is not set",
            "Invalid Credentials",
        ),
        "quota": ("quotaExceeded", "QUOTA_EXCEEDED", "RESOURCE_EXHAUSTED", "Quota exceeded", "rateLimitExceeded"),
        "protected": ("containing objects without", "deletion_protection", "delete protection"),
        "exists": ("alreadyExists", "ALREADY_EXISTS", "already exists", "Error 409"),
        "denied": ("PERMISSION_DENIED", "Error 403", "forbidden", "IAM_PERMISSION_DENIED"),
    },
    secrets=open_store,
    places={"GOOGLE_CLOUD_PROJECT": "project"},
    queues=Queues(
        look="Pub/Sub shows a message only to who takes it, and not always all: each was taken, and given back at once",
        pushed="Pub/Sub",
        empty=emptied,
    ),
)
