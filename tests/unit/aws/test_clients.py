"""The clients of AWS that a process makes: each service has its own, and what they all read is read once."""

from __future__ import annotations

import pytest
from botocore.loaders import JSONFileLoader

from portable_aws.runtime.clients import AwsClient, session


def test_what_every_service_needs_is_read_for_the_first_client_only(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "eu-central-1")
    AwsClient("sqs").get()
    read: list[str] = []
    load = JSONFileLoader.load_file
    monkeypatch.setattr(JSONFileLoader, "load_file", lambda self, path: read.append(path) or load(self, path))
    found = AwsClient("sqs").get()
    assert read == []
    assert (found.meta.region_name, found.meta.service_model.service_name) == ("eu-central-1", "sqs")


def test_sessions_share_no_credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    for key in ("first", "second"):
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", key)
        assert session().get_credentials().access_key == key
