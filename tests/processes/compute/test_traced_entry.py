"""A process with a traced entry sends its spans; one without loads nothing of them."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from pathlib import Path

from unit.compute import traced_app

from portable.testing.app import load_modules
from portable.tooling.app.tracing import traced
from portable.tooling.entry.parts import assemble
from portable.tooling.entry.routes import paths
from portable_aws.deploy.shim import entry

PARENT = "b7ad6b7169203331"


def test_spans_of_a_lambda_function_reach_the_daemon_by_its_entry(tmp_path: Path) -> None:
    model = traced(load_modules([traced_app]).model, True)
    [fails] = [function for function in model.functions if function.name == "fails"]
    own = {path.template: path for path in paths(model.http())}
    (tmp_path / "entry_fails.py").write_text(assemble(entry(fails, own)))
    code = """
import sys
before = "opentelemetry.sdk.trace" in sys.modules
import entry_fails
class Context:
    aws_request_id = "r-1"
    def get_remaining_time_in_millis(self): return 30000
http = {"method": "GET", "path": "/fails/bug", "sourceIp": "1.2.3.4", "protocol": "HTTP/1.1"}
event = {"version": "2.0", "routeKey": "GET /fails/{how}", "rawPath": "/fails/bug", "rawQueryString": "", "headers": {}, "requestContext": {"http": http, "stage": "$default"}, "isBase64Encoded": False}
print(entry_fails.handler(event, Context())["statusCode"], before)
"""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as daemon:
        daemon.bind(("127.0.0.1", 0))
        daemon.settimeout(10)
        done = subprocess.run(
            [sys.executable, "-c", code],
            env={
                "PYTHONPATH": ":".join([str(tmp_path), *sys.path]),
                "AWS_XRAY_DAEMON_ADDRESS": f"127.0.0.1:{daemon.getsockname()[1]}",
                "AWS_LAMBDA_FUNCTION_NAME": "shop-prod-fails",
                "_X_AMZN_TRACE_ID": f"Root=1-6af76519-16cd43dd8448eb211c80319c;Parent={PARENT};Sampled=1",
            },
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.stdout.splitlines()[-1:] == ["500 False"], done.stderr
        found = json.loads(daemon.recv(65_536).partition(b"\n")[2])
    assert (found["name"], found["trace_id"]) == ("fails", "1-6af76519-16cd43dd8448eb211c80319c")
    assert (found["parent_id"], found["fault"]) == (PARENT, True)
    assert '"traceId": "6af7651916cd43dd8448eb211c80319c"' in done.stdout + done.stderr


def test_nothing_is_loaded_when_it_is_off() -> None:
    code = (
        "import sys; from unit.compute import traced_app; from portable.testing.app import load_modules; "
        "from portable.testing import Cloud; cloud = Cloud(load_modules([traced_app])); "
        "cloud.http.post('/orders/o-1').expect(200); cloud.settle(); "
        "found = [name for name in sys.modules if 'opentelemetry' in name or 'traced_' in name and 'app' not in name]; "
        "assert not found, found"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={"PYTHONPATH": ":".join(sys.path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
