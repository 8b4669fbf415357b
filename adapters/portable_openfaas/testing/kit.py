"""What the OpenFaaS target gives to the test kit."""

from __future__ import annotations

from portable.tooling.target import TestKit
from portable_openfaas.testing import artifact, host, recording

kit = TestKit(host.FaasHost, recording.plain, artifact.ArtifactHost)
