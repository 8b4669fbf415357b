"""The Cosmos DB container of a `Table`: takes the data of `portable.persistence.shape.describe`; returns its settings."""

from __future__ import annotations

from typing import Any

ACCOUNT: dict[str, Any] = {"consistency": "Strong", "serverless": True, "local_authentication": False}
"""The account: Strong in one region, because a read may ask for a lower level than the account's, but not a higher."""


def container_shape(table: dict[str, Any]) -> dict[str, Any]:
    """Return the settings of a container.

    In: {"name", "key", "sort", "ttl", "indexes"} as `describe` writes them. Out: {"partition_key_paths",
    "partition_key_version", "default_ttl" (-1: set in each document; None: off), "indexing_policy"}. The fields of
    rows are not indexed. Partitions and indexes are read in the order of one property each, so no composite index is
    needed. A new index needs no change of the container; it finds rows that are written from then on.
    """
    return {
        "partition_key_paths": ["/pk"],
        "partition_key_version": 2,
        "default_ttl": -1 if table["ttl"] else None,
        "indexing_policy": {
            "automatic": True,
            "indexingMode": "consistent",
            "includedPaths": [{"path": "/pk/?"}, {"path": "/at/?"}, {"path": "/x/*"}],
            "excludedPaths": [{"path": "/*"}],
        },
    }
