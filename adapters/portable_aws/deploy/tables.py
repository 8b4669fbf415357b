"""The DynamoDB table of a `Table`: takes the data of `portable.persistence.shape.describe`; returns its settings.

They are used for infrastructure and for boto3's `create_table`.
"""

from __future__ import annotations

from typing import Any

_TYPES = {"str": "S", "int": "N", "datetime": "S"}


def table_shape(table: dict[str, Any]) -> dict[str, Any]:
    """Return the settings of a table.

    In: {"name", "key": {"name", "type"}, "sort": the same or None, "ttl": a field or None, "indexes": [{"name", "key",
    "sort"}]}. Out: {"attributes": {name: "S" or "N"}, "hash_key", "range_key" or None, "ttl_attribute" or None,
    "indexes": [{"name", "hash_key", "range_key", "projection": "ALL"}]}. Every index projects all attributes, because
    a query returns whole rows.
    """
    attributes: dict[str, str] = {}

    def use(key: dict[str, str] | None) -> str | None:
        if key is None:
            return None
        name = key["name"]
        name = "@" + name if name[:1] == "@" else name
        attributes[name] = _TYPES[key["type"]]
        return name

    hash_key, range_key = use(table["key"]), use(table["sort"])
    indexes = [
        {"name": index["name"], "hash_key": use(index["key"]), "range_key": use(index["sort"]), "projection": "ALL"}
        for index in table["indexes"]
    ]
    return {
        "attributes": attributes,
        "hash_key": hash_key,
        "range_key": range_key,
        "ttl_attribute": "@ttl" if table["ttl"] else None,
        "indexes": indexes,
    }


def create_table(address: str, table: dict[str, Any]) -> dict[str, Any]:
    """Return the parameters of boto3's `create_table` for a table with these settings, billed per request."""
    shape = table_shape(table)

    def schema(keys: dict[str, Any]) -> list[dict[str, str]]:
        found = [{"AttributeName": keys["hash_key"], "KeyType": "HASH"}]
        return found + ([{"AttributeName": keys["range_key"], "KeyType": "RANGE"}] if keys["range_key"] else [])

    request: dict[str, Any] = {
        "TableName": address,
        "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": [
            {"AttributeName": name, "AttributeType": kind} for name, kind in shape["attributes"].items()
        ],
        "KeySchema": schema(shape),
    }
    if shape["indexes"]:
        request["GlobalSecondaryIndexes"] = [
            {"IndexName": index["name"], "KeySchema": schema(index), "Projection": {"ProjectionType": "ALL"}}
            for index in shape["indexes"]
        ]
    return request
