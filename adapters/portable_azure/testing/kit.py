"""What the Azure target gives to the test kit."""

from __future__ import annotations

from portable.tooling.target import TestKit
from portable_azure.testing import artifact, host, recording

kit = TestKit(host.WorkerHost, recording.plain, artifact.ArtifactHost, own_python=True)
