"""The alerts and the dashboard, read by Prometheus' own tool: which alert fires for which series, and that each query is one."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml
from manifested import files_of, read, sample
from servers.install import debian_program


@pytest.fixture(scope="module")
def promtool() -> str:
    return debian_program(lambda: shutil.which("promtool"), "prometheus")


SERIES = """
rule_files: [alerts.yaml]
evaluation_interval: 1m
tests:
  - interval: 1m
    input_series:
      - {series: 'portable_calls_total{namespace="orders-prod", function="pay", outcome="done"}', values: '0+90x30'}
      - {series: 'portable_calls_total{namespace="orders-prod", function="pay", outcome="failed"}', values: '0+10x30'}
      - {series: 'portable_calls_total{namespace="orders-prod", function="tally", outcome="done"}', values: '0+99x30'}
      - {series: 'portable_calls_total{namespace="orders-prod", function="tally", outcome="failed"}', values: '0+1x30'}
      - {series: 'portable_queue_oldest_seconds{namespace="orders-prod", queue="payments", pod="a"}', values: '400x30'}
      - {series: 'portable_queue_oldest_seconds{namespace="orders-prod", queue="payments-poison", pod="a"}', values: '90000x30'}
      - {series: 'portable_queue_oldest_seconds{namespace="other-prod", queue="payments", pod="a"}', values: '400x30'}
      - {series: 'portable_schedule_leader{namespace="orders-prod", pod="a"}', values: '1x5 0x25'}
      - {series: 'portable_schedule_leader{namespace="orders-prod", pod="b"}', values: '0x30'}
      - {series: 'kube_deployment_status_replicas_available{namespace="orders-prod", deployment="work"}', values: '1x30'}
      - {series: 'kube_deployment_spec_replicas{namespace="orders-prod", deployment="work"}', values: '2x30'}
      - {series: 'kube_deployment_status_condition{namespace="orders-prod", deployment="work", condition="Progressing", status="false"}', values: '0x5 1x25'}
      - {series: 'kube_deployment_status_condition{namespace="orders-prod", deployment="work", condition="Progressing", status="true"}', values: '1x5 0x25'}
      - {series: 'up{namespace="orders-prod", pod="a"}', values: '1x5 0x25'}
      - {series: 'up{namespace="orders-prod", pod="b"}', values: '1x8 _x22'}
      - {series: 'portable_queue_waiting{namespace="orders-prod", queue="payments", pod="a"}', values: '0+1x30'}
      - {series: 'portable_queue_waiting{namespace="orders-prod", queue="payments-poison", pod="a"}', values: '3x12 4x18'}
      - {series: 'portable_queue_waiting{namespace="orders-prod", queue="payments-poison", pod="b"}', values: '3x12 4x18'}
    alert_rule_test:
      - {eval_time: 10m, alertname: PortableDeadLetters, exp_alerts: []}
      - eval_time: 20m
        alertname: PortableDeadLetters
        exp_alerts: [{exp_labels: {severity: warning, app: orders, stage: prod, queue: payments-poison}}]
      - {eval_time: 5m, alertname: PortableNoScheduleLeader, exp_alerts: []}
      - eval_time: 25m
        alertname: PortableNoScheduleLeader
        exp_alerts: [{exp_labels: {severity: critical, app: orders, stage: prod}}]
      - eval_time: 25m
        alertname: PortableErrors
        exp_alerts: [{exp_labels: {severity: critical, app: orders, stage: prod, function: pay}}]
      - eval_time: 25m
        alertname: PortableQueueAge
        exp_alerts: [{exp_labels: {severity: warning, app: orders, stage: prod, queue: payments}}]
      - eval_time: 25m
        alertname: PortableReplicasNotReady
        exp_alerts:
          - exp_labels:
              {severity: warning, app: orders, stage: prod, namespace: orders-prod, deployment: work}
      - {eval_time: 5m, alertname: PortableRolloutStuck, exp_alerts: []}
      - eval_time: 25m
        alertname: PortableRolloutStuck
        exp_alerts:
          - exp_labels:
              {severity: warning, app: orders, stage: prod, namespace: orders-prod, deployment: work, condition: Progressing, status: "false"}
      - {eval_time: 20m, alertname: PortableNotScraped, exp_alerts: []}
      - eval_time: 30m
        alertname: PortableNotScraped
        exp_alerts: [{exp_labels: {severity: warning, app: orders, stage: prod}}]
"""


def test_alerts_fire_for_what_they_are_for_and_for_nothing_else(promtool: str, tmp_path: Path) -> None:
    [rules] = read(files_of(sample("samples/orders"))["prometheus/alerts.yaml"])
    for rule in rules["groups"][0]["rules"]:
        assert rule.pop("annotations")["summary"]  # promtool compares their text
    tested = set(re.findall(r"alertname: (\w+)", SERIES))
    assert {rule["alert"] for rule in rules["groups"][0]["rules"]} == tested
    (tmp_path / "alerts.yaml").write_text(yaml.safe_dump(rules), encoding="utf-8")
    (tmp_path / "series.yaml").write_text(SERIES, encoding="utf-8")
    done = subprocess.run(
        [promtool, "test", "rules", tmp_path / "series.yaml"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_promtool_reads_the_rules_and_the_queries_of_the_dashboard(promtool: str, tmp_path: Path) -> None:
    files = files_of(sample("samples/photos"), isolate=("upload", "index"))
    dashboard = json.loads(files["grafana/dashboard.json"])
    queries = [target["expr"] for panel in dashboard["panels"] for target in panel["targets"]]
    assert len(queries) > 5
    rules = [
        {"record": f"q{place}", "expr": query.replace("$__rate_interval", "5m")} for place, query in enumerate(queries)
    ]
    (tmp_path / "alerts.yaml").write_text(files["prometheus/alerts.yaml"], encoding="utf-8")
    (tmp_path / "queries.yaml").write_text(yaml.safe_dump({"groups": [{"name": "dashboard", "rules": rules}]}))
    done = subprocess.run(
        [promtool, "check", "rules", tmp_path / "alerts.yaml", tmp_path / "queries.yaml"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
