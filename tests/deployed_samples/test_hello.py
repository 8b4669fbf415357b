"""samples/hello, deployed: its one route, and what is no route."""

from __future__ import annotations

from deployed_samples.sample import Sample


def test_a_name_is_greeted(sample: Sample) -> None:
    assert sample.http("GET", "/hello/ada") == (200, {"message": "Hello, ada!"})
    assert sample.http("GET", "/hello/ada?greeting=Hi") == (200, {"message": "Hi, ada!"})
    assert sample.http("GET", "/hello/J%C3%BCrgen%20M.") == (200, {"message": "Hello, Jürgen M.!"})


def test_what_is_no_route_is_not_found(sample: Sample) -> None:
    assert sample.call("GET", "/goodbye/ada")[0] == 404


def test_a_second_deployment_changes_nothing(sample: Sample) -> None:
    assert sample.commands.json("deploy", "--yes")["outcome"] == "unchanged"
    assert sample.differences() <= {"aws_cloudwatch_metric_alarm"}, "which ministack does not read back as it is"
