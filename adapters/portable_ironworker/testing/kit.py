"""What the IronWorker target gives to the test kit."""

from __future__ import annotations

from portable.tooling.target import TestKit
from portable_ironworker.testing import artifact, host, tasks

kit = TestKit(host.IronHost, tasks.plain, artifact.ArtifactHost)
