"""What the target of this machine gives to the test kit. There is no artifact host: `portable invoke` runs one call."""

from __future__ import annotations

from portable.tooling.target import TestKit
from portable_local.testing import host

kit = TestKit(host.host, host.plain)
