"""Tables."""

from __future__ import annotations

from portable.persistence.table import Table
from portable.tooling.app.kinds.kind import ResourceKind

RESOURCE = ResourceKind("table", Table, typed=lambda options: bool(options.get("row")))
