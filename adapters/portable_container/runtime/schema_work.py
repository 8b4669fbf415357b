"""The tables of the schedule role, which each schema has beside those of the app: their names and columns."""

from __future__ import annotations

LEASES = "portable_leases"
DUE = "portable_due"
WORK = {
    LEASES: (
        "name text PRIMARY KEY, holder text NOT NULL, term bigint NOT NULL, ends_at timestamptz NOT NULL, "
        "began_at timestamptz NOT NULL DEFAULT now()"
    ),
    DUE: (
        'function text COLLATE "C" NOT NULL, due timestamptz NOT NULL, fired_at timestamptz, holder text, '
        "ends_at timestamptz, attempts int NOT NULL DEFAULT 0, PRIMARY KEY (function, due)"
    ),
}
