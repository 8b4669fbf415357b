"""Takes an error of PostgreSQL; returns its class in the error tree.

The server says a SQLSTATE: two characters of a class, three of its own
(https://www.postgresql.org/docs/current/errcodes-appendix.html). An error of the connection has none.
"""

from __future__ import annotations

from portable.errors import (
    ConfigurationError,
    Conflict,
    InvalidValue,
    NotFound,
    PermissionDenied,
    PortableError,
    Throttled,
    Timeout,
    TooLarge,
    Unavailable,
)

_STATES: dict[str, type[PortableError]] = {
    "22P02": InvalidValue,  # text that is no value of its type
    "22P05": InvalidValue,  # a character that the database's encoding lacks
    "23505": Conflict,  # unique_violation
    "25006": Unavailable,  # read_only_sql_transaction: a standby, before it takes over
    "25P03": Timeout,  # idle_in_transaction_session_timeout
    "3D000": ConfigurationError,  # there is no such database
    "40001": Throttled,  # serialization_failure
    "40P01": Throttled,  # deadlock_detected
    "42501": PermissionDenied,  # insufficient_privilege
    "53100": Unavailable,  # disk_full
    "53300": Throttled,  # too_many_connections
    "53400": Throttled,  # configuration_limit_exceeded
    "54000": TooLarge,  # program_limit_exceeded
    "55P03": Throttled,  # lock_not_available
    "57014": Timeout,  # query_canceled, which statement_timeout does
    "42P01": NotFound,  # undefined_table
    "3F000": NotFound,  # there is no such schema
}
_CLASSES: dict[str, type[PortableError]] = {
    "08": Unavailable,  # the connection
    "22": InvalidValue,
    "23": InvalidValue,  # a constraint that is not ours
    "28": PermissionDenied,  # who signs in
    "40": Throttled,  # the transaction was undone, so it may be done again
    "53": Unavailable,
    "54": TooLarge,
    "57": Unavailable,  # the server is shut down or starts
    "58": Unavailable,
    "XX": Unavailable,
}
_SIGNING_IN = (
    ("too many c", Throttled),  # too many clients, too many connections for a role
    ("remaining connection slots", Throttled),
    ("authentication failed", PermissionDenied),
    ("no password supplied", PermissionDenied),
    ("pg_hba.conf", PermissionDenied),
    ("not permitted to log in", PermissionDenied),
    ("permission denied for database", PermissionDenied),
    ('FATAL:  role "', PermissionDenied),
    ("does not support SSL", ConfigurationError),
    ("certificate", ConfigurationError),
    ('FATAL:  database "', ConfigurationError),
)
"""libpq gives only the text of a refused connection."""


def classify(error: Exception) -> type[PortableError] | None:
    """Return the class in the error tree, or None for an error of neither the server nor its connection."""
    import psycopg

    if not isinstance(error, psycopg.Error):
        return None
    state = error.sqlstate
    if state is not None:
        return _STATES.get(state) or _CLASSES.get(state[:2]) or PortableError
    if isinstance(error, TimeoutError):
        return Timeout
    if isinstance(error, psycopg.OperationalError):
        said = str(error)
        return next((kind for words, kind in _SIGNING_IN if words in said), Unavailable)
    return PortableError
