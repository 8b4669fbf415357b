"""SDKs of clouds that the code imports -> notes with the client of portable that could replace each. They stay as they are."""

from __future__ import annotations

import ast
import re

from portable.tooling.adopt.names import text_of
from portable.tooling.adopt.source import Source
from portable.tooling.adopt.values import Kind, Note

BUCKET = "Bucket with BucketReader, BucketWriter or BucketSigner (docs/storage.md)"
TABLE = "Table with TableReader or TableWriter (docs/tables.md)"
QUEUE = "Queue with QueueSender (docs/queues.md)"
TOPIC = "Topic with TopicPublisher (docs/queues.md)"
STREAM = "Stream with StreamWriter (docs/streams.md)"
VAULT = "Secret (docs/settings.md)"
SERVICES = {
    "s3": BUCKET,
    "dynamodb": TABLE,
    "sqs": QUEUE,
    "sns": TOPIC,
    "kinesis": STREAM,
    "secretsmanager": VAULT,
    "ssm": "Secret or Setting (docs/settings.md)",
}
MODULES = {
    "google.cloud.storage": BUCKET,
    "google.cloud.pubsub": "Topic with TopicPublisher, or Queue with QueueSender (docs/queues.md)",
    "google.cloud.firestore": TABLE,
    "google.cloud.datastore": TABLE,
    "google.cloud.secretmanager": VAULT,
    "google.cloud.tasks": QUEUE,
    "azure.storage.blob": BUCKET,
    "azure.storage.queue": QUEUE,
    "azure.servicebus": "Queue with QueueSender, or Topic with TopicPublisher (docs/queues.md)",
    "azure.eventgrid": TOPIC,
    "azure.eventhub": STREAM,
    "azure.data.tables": TABLE,
    "azure.cosmos": TABLE,
    "azure.keyvault.secrets": VAULT,
    "azurefunctions.extensions.bindings.blob": BUCKET,
    "firebase_admin.firestore": TABLE,
}
KEPT = "it is kept, and works where its cloud is; its permissions are not those that portable gives"


def cloud_notes(source: Source) -> list[Note]:
    """Return a note for each SDK of a cloud that a file uses, and for each variable that it reads when it is imported."""
    found = []
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Call) and getattr(node.func, "attr", "") in ("client", "resource") and node.args:
            service = text_of(node.args[0])
            root = ast.unparse(node.func).partition(".")[0]
            if service and ("boto" in root or "session" in root.lower()):
                instead = SERVICES.get(service)
                what = f'boto3 "{service}"'
                tail = (
                    f"a {instead} could take its place"
                    if instead
                    else "portable has no client for it: keep it, for AWS only"
                )
                found.append(Note(Kind.client, f"{what}: {KEPT}", source.where(source.statement_of(node)), tail))
        for name in _imported(node):
            known = next(
                (
                    module
                    for module in MODULES
                    if name == module or re.match(rf"{re.escape(module)}(_v\d+)?(\.|$)", name)
                ),
                None,
            )
            if known:
                where = source.where(source.statement_of(node))
                found.append(Note(Kind.client, f"{known}: {KEPT}", where, f"a {MODULES[known]} could take its place"))
    return [note for number, note in enumerate(found) if note not in found[:number]]


def _imported(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom) and node.module and not node.level:
        return [f"{node.module}.{alias.name}" for alias in node.names]
    return []
