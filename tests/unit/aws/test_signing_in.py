"""Who works from a machine and is not signed in there is told at once, for every service."""

from __future__ import annotations

from pathlib import Path

import pytest
from botocore import exceptions as boto

from portable.errors import ConfigurationError
from portable_aws.runtime.clients import bucket_store
from portable_aws.runtime.errors import classify


@pytest.mark.parametrize(
    "error",
    [
        boto.ProfileNotFound(profile="gone"),
        boto.UnauthorizedSSOTokenError(),
        boto.SSOTokenLoadError(error_msg="no token"),
        boto.TokenRetrievalError(provider="sso", error_msg="expired"),
        boto.CredentialRetrievalError(provider="process", error_msg="it failed"),
    ],
)
def test_a_sign_in_that_is_over_is_not_tried_again(error: Exception) -> None:
    assert classify(error) is ConfigurationError


def test_a_bucket_says_that_a_profile_is_not_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID", raising=False)
    monkeypatch.setenv("AWS_PROFILE", "gone")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    with pytest.raises(ConfigurationError, match="gone"):
        bucket_store("files")
