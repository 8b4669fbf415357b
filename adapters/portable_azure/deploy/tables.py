"""How the Cosmos DB container of a `Table` is shaped: the data of `portable.persistence.shape.describe` in, shape out."""

from __future__ import annotations

from typing import Any

ACCOUNT: dict[str, Any] = {"consistency": "Strong", "serverless": True, "local_authentication": False}
"""The account: Strong in one region, because a read may ask for less than the account's level but never for more."""


def container_shape(table: dict[str, Any]) -> dict[str, Any]:
    """Return the shape of a container.

    In: {"name", "key", "sort", "ttl", "indexes"} as `describe` writes them. Out: {"partition_key_paths",
    "partition_key_version", "default_ttl" (-1: each document says; None: off), "indexing_policy"}. Rows themselves are
    not indexed: partitions and indexes are read in order by texts of their own, one property each, so no composite
    index is needed and a new index needs no change of the container (its rows are found once they are written again).
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
