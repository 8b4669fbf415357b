"""TransactWriteItems: frozen writes in, all of them done, or Conflict naming the row whose condition was false."""

from __future__ import annotations

from portable.errors import PortableError, TooLarge
from portable.persistence.values import expires_at
from portable.persistence.writes import Put, Require, Update, conflict
from portable_aws.runtime.persistence_errors import code_of
from portable_aws.runtime.persistence_items import row_of
from portable_aws.runtime.persistence_writes import request_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime
    from typing import Any

    from portable.persistence.table import Table
    from portable.persistence.writes import Write
