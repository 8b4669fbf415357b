"""What the AWS target gives to the test kit."""

from __future__ import annotations

from portable.tooling.target import TestKit
from portable_aws.testing import artifact, host, recording

kit = TestKit(host.LambdaHost, recording.plain, artifact.ArtifactHost)
