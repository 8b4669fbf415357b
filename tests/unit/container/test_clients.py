"""Errors of PostgreSQL in the terms of the tree, and connections that cannot be made."""

from __future__ import annotations

import traceback

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
        (psycopg.OperationalError('FATAL:  role "x" does not exist'), errors.PermissionDenied),
        (psycopg.OperationalError('FATAL:  permission denied for database "x"'), errors.PermissionDenied),
        (psycopg.OperationalError("server does not support SSL, but SSL was required"), errors.ConfigurationError),
        (ValueError("ours"), None),
    ],
)
def test_errors_of_postgresql(error: Exception, kind: type[Exception] | None) -> None:
    assert classify(error) is kind


@pytest.mark.parametrize(
    "uri",
    [
        "hots=1",
        "postgres//app:hunter2@db/portable",
        "postgresql://app:hunter2%zz@db/portable",
        "postgresql://app:hun ter2@db/portable",
        "postgresql://app:pass@hunter2@127.0.0.1:1/portable",
        "host=127.0.0.1 password=pass hunter2",
        "postgresql://app:hunter2/half@127.0.0.1:1/portable",
        "postgresql://app:12/hunter2@127.0.0.1:1/portable",
    ],
)
def test_a_uri_that_cannot_be_read_names_its_variable_and_is_not_told(uri: str) -> None:
    with pytest.raises(errors.ConfigurationError, match="PORTABLE_POSTGRES") as caught:
        Postgres(uri).rows("SELECT 1", (), "a table")
    said = "".join(traceback.format_exception(caught.value))
    assert "ter2" not in said.replace(repr(uri), "")
