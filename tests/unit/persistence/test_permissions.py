import pytest

from portable.errors import PermissionDenied
from portable.persistence.async_clients import AsyncTableReader, AsyncTableWriter
from portable.persistence.clients import TableReader, TableReadWriter, TableWriter
from portable.persistence.table import Table

CATALOG = Table("catalog", key="owner", sort="name")


class Refusing:
    def of(self, table: Table) -> object:
        raise AssertionError("no driver may be opened")

    async_of = of


@pytest.mark.parametrize(
    ("kind", "methods"),
    [
        (TableReader, ["put", "update", "delete", "batch_write", "transaction"]),
        (TableWriter, ["get", "batch_get", "query", "scan"]),
        (AsyncTableReader, ["put", "update", "delete", "batch_write", "transaction"]),
        (AsyncTableWriter, ["get", "batch_get", "query", "scan"]),
    ],
)
def test_a_client_lacks_the_methods_its_type_does_not_grant(kind: type, methods: list[str]) -> None:
    client = kind(CATALOG, Refusing())
    for method in methods:
        assert not hasattr(client, method)
        with pytest.raises(PermissionDenied, match=f'catalog" does not have {method}'):
            getattr(client, method)


def test_what_each_client_grants_is_named() -> None:
    assert TableReader.actions == ("get", "query")
    assert TableWriter.actions == ("put", "update", "delete")
    assert set(TableReadWriter.actions) == set(TableReader.actions) | set(TableWriter.actions)
    assert {client.kind for client in (TableReader, TableWriter, TableReadWriter)} == {"table"}


def test_a_client_may_be_subscripted_with_its_row_type() -> None:
    assert TableReader[int].__origin__ is TableReader  # type: ignore[misc, attr-defined]
    assert TableReader[int].__args__ == (int,)  # type: ignore[misc, attr-defined]
