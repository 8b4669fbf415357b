"""How the Firestore collection of a `Table` is shaped: the data of `portable.persistence.shape.describe` in, shape out."""

from __future__ import annotations

from typing import Any


def collection_shape(collection: str, table: dict[str, Any]) -> dict[str, Any]:
    """Return the shape of a collection.

    In: its name, and {"name", "key", "sort", "ttl", "indexes"} as `describe` writes them. Out: {"collection",
    "unindexed_fields", "ttl_field" or None, "composite_indexes"}. A collection needs no making; what must be set is that
    the rows themselves are not indexed (Firestore would index every field of them, at most 40,000 entries a document)
    and the policy that deletes expired documents. Every query runs in the order of one field, which Firestore indexes by
    itself, so there are no composite indexes.
    """
    return {
        "collection": collection,
        "unindexed_fields": ["row"],
        "ttl_field": "expires" if table["ttl"] else None,
        "composite_indexes": [],
    }
