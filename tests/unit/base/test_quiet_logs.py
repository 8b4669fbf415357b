"""Logs of a provider's client library are held back, unless the app asked for them."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest

from portable_aws.runtime.clients import AwsClient
from portable_azure.runtime.clients import AzureClients


@pytest.fixture(params=["azure", "botocore"])
def library(request: pytest.FixtureRequest) -> Iterator[logging.Logger]:
    logger = logging.getLogger(request.param)
    level = logger.level
    logger.setLevel(logging.NOTSET)
    yield logger
    logger.setLevel(level)


def connect(library: logging.Logger, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_REGION", "eu-central-1")
    if library.name == "azure":
        AzureClients()
    else:
        AwsClient("sqs").get()


def test_requests_and_credentials_are_not_told(library: logging.Logger, monkeypatch: pytest.MonkeyPatch) -> None:
    connect(library, monkeypatch)
    child = logging.getLogger(f"{library.name}.credentials")
    assert not child.isEnabledFor(logging.INFO)
    assert child.isEnabledFor(logging.WARNING)


def test_a_level_that_the_app_has_set_stays(library: logging.Logger, monkeypatch: pytest.MonkeyPatch) -> None:
    library.setLevel(logging.DEBUG)
    connect(library, monkeypatch)
    assert library.level == logging.DEBUG
