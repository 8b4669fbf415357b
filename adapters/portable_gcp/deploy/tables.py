"""The Firestore collection of a `Table`: takes the data of `portable.persistence.shape.describe`; returns its settings."""

from __future__ import annotations

from typing import Any


def collection_shape(collection: str, table: dict[str, Any]) -> dict[str, Any]:
    """Return the settings of a collection.

    In: its name, and {"name", "key", "sort", "ttl", "indexes"} as `describe` writes them. Out: {"collection",
    "unindexed_fields", "ttl_field" or None, "composite_indexes"}. A collection need not be created. The fields of the
    rows must be excluded from indexing (Firestore would index each field, at most 40,000 entries per document), and a
    policy must delete expired documents. Each query runs in the order of one field, which Firestore indexes by itself,
    so no composite indexes are needed.
    """
    return {
        "collection": collection,
        "unindexed_fields": ["row"],
        "ttl_field": "expires" if table["ttl"] else None,
        "composite_indexes": [],
    }
