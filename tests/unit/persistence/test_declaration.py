from datetime import datetime
from typing import TypedDict

import pytest

from portable.errors import DeclarationError
from portable.persistence.shape import describe
from portable.persistence.table import Index, Key, Table


class Order(TypedDict):
    customer: str
    number: int
    placed_at: datetime
    status: str


def test_a_table_is_a_frozen_value() -> None:
    table = Table("orders", key="customer", sort=Key("number", int))
    assert table == Table("orders", key="customer", sort=Key("number", int))
    assert hash(table) == hash(Table("orders", key="customer", sort=Key("number", int)))
    with pytest.raises(AttributeError):
        table.name = "other"  # type: ignore[misc]


def test_indexes_may_be_given_as_a_list() -> None:
    index = Index("by_status", key="status", sort="placed_at")
    assert Table("orders", key="id", indexes=[index]) == Table("orders", key="id", indexes=(index,))


@pytest.mark.parametrize(
    ("declare", "says"),
    [
        (lambda: Table("Orders", key="id"), "orders|lower case"),
        (lambda: Table("orders"), "key must be the name of a field"),
        (lambda: Table("orders", key="id", sort="id"), "same field"),
        (lambda: Table("orders", key="id", ttl="id"), "ttl"),
        (lambda: Table("orders", key=5), "must be the name of a field"),
        (lambda: Table("orders", key=Key("id", float)), "str, int or datetime"),
        (lambda: Table("orders", key="id", indexes=(Index("x", key="a"),)), "3 to 40"),
        (lambda: Table("orders", key="id", indexes=("by_status",)), "tuple of Index"),
        (
            lambda: Table("orders", key="id", indexes=(Index("one", key="a"), Index("one", key="b"))),
            "two indexes with the same name",
        ),
        (lambda: Index("by_status", key="status", sort="status"), "same field"),
        (lambda: Table("orders", Order, key="id"), "Order has no field 'id'"),
        (lambda: Table("orders", Order, key="customer", ttl="gone"), "no field 'gone'"),
        (lambda: Table("orders", dict, key="id"), "if row is left out"),
        (lambda: Table("orders", "Order", key="id"), "must be a class"),
    ],
)
def test_a_wrong_declaration_says_what_would_fit(declare: object, says: str) -> None:
    with pytest.raises(DeclarationError, match=says):
        declare()  # type: ignore[operator]


def test_the_row_type_says_the_types_of_keys() -> None:
    table = Table(
        "orders", Order, key="customer", sort="number", indexes=(Index("by_status", key="status", sort="placed_at"),)
    )
    assert describe(table) == {
        "name": "orders",
        "key": {"name": "customer", "type": "str"},
        "sort": {"name": "number", "type": "int"},
        "ttl": None,
        "indexes": [
            {
                "name": "by_status",
                "key": {"name": "status", "type": "str"},
                "sort": {"name": "placed_at", "type": "datetime"},
            }
        ],
    }
