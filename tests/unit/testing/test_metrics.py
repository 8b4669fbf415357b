"""Metrics of a test are those of the calls that it made, on every wire."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from unit.testing import metrics_app as app

from portable.testing import Cloud, Metric
from portable.testing.app import load_modules
from portable.tooling.infra.remote import LogLine
from portable.tooling.remote.lines import read_line
from portable_aws.runtime.logs import SHAPE
from portable_aws.runtime.metrics import embedded


@pytest.mark.parametrize("wire", [None, "aws", "azure", "gcp"])
def test_metrics_are_known_by_their_call(wire: str | None) -> None:
    cloud = Cloud(load_modules([app]), wire=wire)
    cloud.http.post("/parcels").expect(204)
    cloud.settle()
    assert cloud.function(app.take).metrics == [Metric("parcels", 2, "Count", {"shop": "x"})]
    assert cloud.function(app.carry).metrics == [
        Metric("weight", 1.5, "Kilobytes", {"attempt": "1"}),
        Metric("weight", 1.5, "Kilobytes", {"attempt": "2"}),
    ]
    assert cloud.function(app.carry).logs == ["carried", "carried"]
    cloud.close()


def test_the_log_of_a_stage_shows_a_metric_without_what_is_for_its_service() -> None:
    metric = {"name": "orders", "value": 1, "unit": "Count", "dimensions": {"shop": "x"}}
    written = {"timestamp": "t", "level": "INFO", "message": "orders=1 Count shop=x", "logger": "portable.metrics"}
    line = {**written, "requestId": "r-1", "function": "place", "metric": metric, **embedded(metric, 0, "place")}
    found = read_line(LogLine("1", datetime.now(UTC), "place", json.dumps(line)), SHAPE)
    assert found.more == {"metric": metric}
    assert (found.message, found.request) == ("orders=1 Count shop=x", "r-1")
