"""The tables of our own that each schema has beside those of the app: their names and columns."""

from __future__ import annotations

VERSIONS = "portable_versions"
LEASES = "portable_leases"
DUE = "portable_due"
WORK: dict[str, str] = {
    LEASES: "name text PRIMARY KEY, holder text NOT NULL, term bigint NOT NULL, ends_at timestamptz NOT NULL",
    DUE: (
        'function text COLLATE "C" NOT NULL, due timestamptz NOT NULL, term bigint NOT NULL DEFAULT 0, '
        "attempts int NOT NULL DEFAULT 0, fired_at timestamptz, PRIMARY KEY (function, due)"
    ),
}
INDEXES: dict[str, tuple[str, str, str]] = {"portable_due_open": (DUE, "due", "fired_at IS NULL")}
"""The index of the moments that are not fired yet, which the leader asks for each second."""
