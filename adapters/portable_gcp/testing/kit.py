"""What the Google Cloud target gives to the test kit."""

from __future__ import annotations

from portable.tooling.target import TestKit
from portable_gcp.testing import artifact, host, recording

kit = TestKit(host.RunHost, recording.plain, artifact.ArtifactHost)
