"""Errors of PostgreSQL in the terms of the tree, and connections that cannot be made."""

from __future__ import annotations

import psycopg
import pytest
from psycopg import errors as server

from portable import errors
from portable_container.runtime.clients import Postgres
from portable_container.runtime.connections import Late
from portable_container.runtime.errors import classify


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (server.SerializationFailure("said"), errors.Throttled),
        (server.DeadlockDetected("said"), errors.Throttled),
        (server.TooManyConnections("said"), errors.Throttled),
        (server.InsufficientPrivilege("said"), errors.PermissionDenied),
        (server.InvalidPassword("said"), errors.PermissionDenied),
        (server.UndefinedTable("said"), errors.NotFound),
        (server.UniqueViolation("said"), errors.Conflict),
        (server.UntranslatableCharacter("said"), errors.InvalidValue),
        (server.NumericValueOutOfRange("said"), errors.InvalidValue),
        (server.ProgramLimitExceeded("said"), errors.TooLarge),
        (server.QueryCanceled("said"), errors.Timeout),
        (server.AdminShutdown("said"), errors.Unavailable),
        (server.ReadOnlySqlTransaction("said"), errors.Unavailable),
        (server.DiskFull("said"), errors.Unavailable),
        (server.InvalidCatalogName("said"), errors.ConfigurationError),
        (server.SyntaxError("said"), errors.PortableError),
        (Late("no answer"), errors.Timeout),
        (psycopg.OperationalError("connection refused"), errors.Unavailable),
        (psycopg.OperationalError('FATAL:  password authentication failed for user "a"'), errors.PermissionDenied),
        (psycopg.OperationalError("FATAL:  sorry, too many clients already"), errors.Throttled),
        (psycopg.OperationalError("SSL error: certificate verify failed"), errors.ConfigurationError),
        (psycopg.OperationalError('FATAL:  database "x" does not exist'), errors.ConfigurationError),
        (ValueError("ours"), None),
    ],
)
def test_errors_of_postgresql(error: Exception, kind: type[Exception] | None) -> None:
    assert classify(error) is kind


def test_a_uri_that_libpq_cannot_read_names_its_variable() -> None:
    with pytest.raises(errors.ConfigurationError, match=r"PORTABLE_POSTGRES.*hots"):
        Postgres("hots=1").rows("SELECT 1", (), "a table")
