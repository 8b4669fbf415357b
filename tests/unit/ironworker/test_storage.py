"""The variables that a code package's config brings decide which store a bucket is in."""

from __future__ import annotations

import pytest

from portable import Bucket
from portable.base.drivers import LazyDrivers
from portable.errors import UnsupportedError
from portable.eventing.queue import Queue
from portable.settings.secret import Secret
from portable_ironworker.runtime.storage import store

obstore = pytest.importorskip("obstore")


def test_a_store_with_an_endpoint_is_addressed_by_path(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://store.example:9000/")
    monkeypatch.setenv("AWS_REGION", "eu-central-1")
    config = store("photos-1").config
    assert (config["bucket"], config["region"], config["endpoint"]) == (
        "photos-1",
        "eu-central-1",
        "http://store.example:9000",
    )
    assert str(config["virtual_hosted_style_request"]).lower() == "false"


def test_without_an_endpoint_it_is_amazon_s3(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ENDPOINT_URL", "AWS_REGION"):
        monkeypatch.delenv(name, raising=False)
    config = store("photos-1").config
    assert (config["region"], "endpoint" in config) == ("us-east-1", False)


def test_drivers_are_found_by_pillar_and_what_is_missing_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORTABLE_BUCKET_PHOTOS", "photos-1")
    monkeypatch.setenv("PORTABLE_QUEUE_JOBS", "jobs")
    monkeypatch.setenv("PORTABLE_SECRET_API_TOKEN", "grüße\n")
    drivers = LazyDrivers("portable_ironworker.runtime")
    assert type(drivers.of(Bucket("photos"))).__name__ == "ObstoreBucket"
    assert type(drivers.async_of(Bucket("photos"))).__name__ == "AsyncBucket"
    assert drivers.secret(Secret("api-token")) == "grüße\n"
    with pytest.raises(UnsupportedError, match=r"portable_ironworker\.runtime has no driver for queue"):
        drivers.of(Queue("jobs"))
