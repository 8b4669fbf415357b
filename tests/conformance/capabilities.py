"""What the suites measured in, docs/capabilities.md out: `python tests/conformance/capabilities.py`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from portable.conformance import queue_cases, storage_cases, stream_cases, table_cases, target_parts, topic

MEASURED = Path(__file__).with_name("measured.json")
PAGE = Path(__file__).parents[2] / "docs" / "capabilities.md"
SUITES = {
    "storage": ("Buckets", tuple(storage_cases.ABILITIES)),
    "table": ("Tables", tuple(table_cases.ABILITIES)),
    "queue": ("Queues", tuple(queue_cases.ABILITIES)),
    "topic": ("Topics", tuple(topic.ABILITIES)),
    "stream": ("Streams", tuple(stream_cases.ABILITIES)),
    "target": ("Targets", tuple(target_parts.ABILITIES)),
}
DRIVERS = {
    "Memory": "memory",
    "Files": "folder",
    "Sqlite": "SQLite",
    "S3": "S3, on ministack",
    "S3Compatible": "S3-compatible stores (OpenFaaS), on ministack",
    "ContainerStore": "S3-compatible stores (container), on ministack",
    "Ceph": "S3-compatible stores (container), on Ceph 16.2 of Debian",
    "AzureBlob": "Azure Blob, on Azurite",
    "CloudStorage": "Cloud Storage, on the XML API of the tests",
    "DynamoDB": "DynamoDB, on ministack",
    "CosmosDB": "Cosmos DB, on cosmosdb-server",
    "Firestore": "Firestore, on its emulator",
    "PostgreSQL": "PostgreSQL 15 of Debian",
    "Sqs": "SQS, on ministack",
    "StorageQueue": "Azure Storage queues, on Azurite",
    "PubSub": "Pub/Sub, on its emulator",
    "JetStream": "NATS JetStream, on nats-server",
    "SnsWithRawDelivery": "SNS to SQS, on ministack",
    "EventGrid": "Event Grid, on the endpoint of the tests",
    "Kinesis": "Kinesis, on ministack",
    "EventHubs": "Event Hubs, on a stand-in of the SDK's client",
    "Aws": "AWS Lambda, in its runtime client",
    "Azure": "Azure Functions, in its Python worker",
    "Gcp": "Google Cloud Run functions, in functions-framework",
    "Container": "a container, by its own start command on uvicorn",
    "OpenFaas": "OpenFaaS, under the server of its template",
    "IronWorker": "IronWorker, in a process for each task",
    "Local": "this machine, in the process of the tests",
}
"""What each harness runs, and on which server."""
WIDE = 12
"""A table with more abilities than these shows only those that something lacks."""
HEAD = """# Capabilities

Made by `tests/conformance/capabilities.py` from what `nox -s conformance` measured: every test of a suite was run on every
driver or target below; a gap is what its harness declares, with its reason.
"""


def page(measured: dict[str, Any]) -> str:
    """Return the page."""
    parts = [HEAD]
    for suite, (title, abilities) in SUITES.items():
        found = {name.partition("/")[2]: entry for name, entry in measured.items() if name.startswith(f"{suite}/")}
        if len(abilities) > WIDE:
            abilities = tuple(a for a in abilities if any(a in entry["lacks"] for entry in found.values()))
        names = [name for name in DRIVERS if name in found] + sorted(found.keys() - DRIVERS.keys())
        parts += [
            f"## {title}\n",
            f"| {'target' if suite == 'target' else 'driver'} | passed | skipped |{''.join(f' {a} |' for a in abilities)}",
        ]
        parts.append("| --- | --- | --- |" + " --- |" * len(abilities))
        reasons = []
        for name in names:
            entry = found[name]
            cells = "".join(f" {'no' if ability in entry['lacks'] else 'yes'} |" for ability in abilities)
            parts.append(f"| {DRIVERS.get(name, name)} | {entry['passed']} | {entry['skipped']} |{cells}")
            reasons += [f"- {DRIVERS.get(name, name)}: {ability}: {why}." for ability, why in entry["lacks"].items()]
        parts += ["", *reasons, ""] if reasons else [""]
    return "\n".join(parts).rstrip() + "\n"


if __name__ == "__main__":
    PAGE.write_text(page(json.loads(MEASURED.read_text())))
