"""Cold start under the real Lambda runtime client: process start to first response.

As deployed: the bundle is not written to (PYTHONDONTWRITEBYTECODE), nothing is warmed but the disk cache.

What is compared is the processor time of the process: a start hardly waits, and what else the machine does adds little to
it. Contenders start in turn. Each start is divided by that of the base in the same round, and the median of these counts.
So the figure is the same within 0.01 or 0.02 in each run, also on a busy machine. The time by the clock is told beside it.
"""

from __future__ import annotations

import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from benchmarks.artifacts import packaged, raw
from benchmarks.rows import Row
from benchmarks.s3_server import s3_server

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

from portable_aws.testing.process import lambda_environment
from portable_aws.testing.runtime_api import RuntimeApi

ROUNDS = 101
FEW = 21
"""Rounds where a difference of a few hundredths tells nothing."""


@dataclass(frozen=True)
class Start:
    """One start, in seconds of the process and of the clock."""

    cpu: float
    elapsed: float


@dataclass
class Contender:
    """A handler to start: where it lies, what Lambda is told to call, and the event it answers."""

    name: str
    bundle: Path
    entry: str
    event: dict[str, Any]
    python: str = sys.executable
    environment: dict[str, str] = field(default_factory=dict)
    starts: list[Start] = field(default_factory=list)

    def start(self) -> None:
        """Start the function in a new process, send one event, and note the times until its answer."""
        api = RuntimeApi()
        environment = {
            "PATH": os.environ["PATH"],
            **lambda_environment(self.bundle, api.server_port),
            **self.environment,
        }
        began = time.perf_counter()
        process = subprocess.Popen(
            [self.python, "-m", "awslambdaric", self.entry],
            cwd=self.bundle,
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            reply = api.send(self.event, 30).get(timeout=30)
            elapsed = time.perf_counter() - began
        finally:
            os.kill(process.pid, signal.SIGKILL)  # Popen.kill would wait for one that has ended, and lose its times
            _, process.returncode, used = os.wait4(process.pid, 0)
            api.close()
        if not reply.ok or reply.payload["statusCode"] != 200:
            raise SystemExit(f"{self.name} answered {reply}")
        self.starts.append(Start(used.ru_utime + used.ru_stime, elapsed))


def http_v2(method: str, path: str, name: str = "", body: str | None = None) -> dict[str, Any]:
    """Return an event of payload 2.0 with the headers a browser's request has."""
    return {
        "version": "2.0",
        "routeKey": f"{method} /hello/{{name}}",
        "rawPath": path,
        "rawQueryString": "",
        "headers": {
            "accept": "*/*",
            "accept-encoding": "gzip, deflate, br",
            "content-type": "application/json",
            "host": "abcdefghij.execute-api.eu-west-1.amazonaws.com",
            "user-agent": "curl/8.1.2",
            "x-amzn-trace-id": "Root=1-65f49d71-505edb3b69b8abd513cfa08b",
            "x-forwarded-for": "203.0.113.7",
            "x-forwarded-port": "443",
            "x-forwarded-proto": "https",
        },
        "requestContext": {
            "accountId": "123456789012",
            "apiId": "abcdefghij",
            "domainName": "abcdefghij.execute-api.eu-west-1.amazonaws.com",
            "http": {
                "method": method,
                "path": path,
                "protocol": "HTTP/1.1",
                "sourceIp": "203.0.113.7",
                "userAgent": "curl",
            },
            "requestId": "Ur2JtjEfGjQEPOg=",
            "routeKey": f"{method} /hello/{{name}}",
            "stage": "$default",
            "timeEpoch": 1710529905066,
        },
        "pathParameters": {"name": name},
        "isBase64Encoded": False,
        **({} if body is None else {"body": body}),
    }


def http_v1(path: str, name: str) -> dict[str, Any]:
    """Return an event of payload 1.0, for the peer that reads nothing else."""
    return {
        "resource": "/hello/{name}",
        "path": path,
        "httpMethod": "GET",
        "headers": {"Accept": "*/*"},
        "multiValueHeaders": {"Accept": ["*/*"]},
        "queryStringParameters": None,
        "multiValueQueryStringParameters": None,
        "pathParameters": {"name": name},
        "stageVariables": None,
        "requestContext": {"resourcePath": "/hello/{name}", "httpMethod": "GET", "path": path, "stage": "api"},
        "body": None,
        "isBase64Encoded": False,
    }


HELLO = http_v2("GET", "/hello/ada", "ada")
ORDER = http_v2("POST", "/orders", body='{"sku":"a-1","count":3}')
_FORM = http_v2("POST", "/lists/7/signups", body="name=Ada+L&age=36&news=on")
FORM = _FORM | {
    "headers": _FORM["headers"] | {"content-type": "application/x-www-form-urlencoded"},
    "pathParameters": {"number": "7"},
    "rawQueryString": "size=20",
    "queryStringParameters": {"size": "20"},
}
"""A form with a path and a query parameter."""


def compare(*contenders: Contender, rounds: int) -> None:
    """Start all contenders in turn, there and back, so that what else the machine does hits them alike."""
    for contender in contenders:
        contender.start()
        contender.starts.clear()
    for number in range(rounds):
        for contender in contenders[:: -1 if number % 2 else 1]:
            contender.start()


def ratio(what: str, ours: Contender, base: Contender, bar: float | None) -> Row:
    """Return a row that compares two contenders round by round; a peer has no bar."""
    pairs = list(zip(ours.starts, base.starts, strict=True))
    found = statistics.median(our.cpu / other.cpu for our, other in pairs)
    clock = statistics.median(our.elapsed / other.elapsed for our, other in pairs)
    taken = " against ".join(
        f"{statistics.median(start.cpu for start in one.starts) * 1000:.1f}" for one in (ours, base)
    )
    measured = f"{found:.2f}x ({taken} ms of processor; {clock:.2f}x by the clock)"
    return Row(what, measured, f"<= {bar:.2f}x" if bar else "", bar is None or found <= bar)


def rows() -> list[Row]:
    """Measure the table of cold starts."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        return [*light(folder), *heavy(folder), *mounted(folder), *bucket(folder)]


def light(folder: Path) -> list[Row]:
    """Small functions and the peers against the raw handler."""
    base = Contender("raw handler", raw("raw_hello", folder), "handler.handler", HELLO)
    ours = Contender("portable", packaged("hello", folder), "entry_hello.handler", HELLO)
    typed = Contender("typed body", packaged("typed", folder), "entry_order.handler", ORDER)
    awaited = Contender("async def", packaged("asynchronous", folder), "entry_hello.handler", HELLO)
    chalice = Contender("Chalice", raw("chalice_hello", folder, "chalice"), "app.app", http_v1("/hello/ada", "ada"))
    tools = Contender("Powertools", raw("powertools_hello", folder, "aws-lambda-powertools"), "handler.handler", HELLO)
    mangum = Contender("Mangum + FastAPI", raw("mangum_hello", folder, "mangum", "fastapi"), "handler.handler", HELLO)
    compare(base, ours, rounds=ROUNDS)
    shared = replace(base, starts=[])
    compare(shared, typed, awaited, chalice, tools, mangum, rounds=FEW)
    return [
        ratio("cold start, HTTP function, against the raw handler", ours, base, 1.05),
        ratio("cold start, typed JSON body (dataclass)", typed, shared, 1.90),
        ratio("cold start, async def handler", awaited, shared, 2.00),
        *(ratio(f"cold start, {peer.name} (peer)", peer, shared, None) for peer in (chalice, tools, mangum)),
    ]


def heavy(folder: Path) -> list[Row]:
    """An app that imports pydantic and fastapi, packaged, against the same zipped the usual way."""
    usual = raw("raw_heavy", folder, "fastapi==0.165.0", "pydantic==2.14.4")
    base = Contender("raw fastapi and pydantic", usual, "handler.handler", HELLO)
    ours = Contender("portable fastapi and pydantic", packaged("heavy", folder), "entry_hello.handler", HELLO)
    compare(base, ours, rounds=FEW)
    return [ratio("cold start, app that imports pydantic and fastapi, against zipped as usual", ours, base, 0.50)]


def mounted(folder: Path) -> list[Row]:
    """A FastAPI app that is mounted, against the same app behind Mangum, zipped the usual way."""
    usual = raw("mangum_mounted", folder, "mangum", "fastapi==0.165.0")
    base = Contender("Mangum, mounted", usual, "handler.handler", HELLO)
    ours = Contender("portable, mounted", packaged("mounted", folder), "entry_web.handler", HELLO)
    compare(base, ours, rounds=FEW)
    return [ratio("cold start, FastAPI app mounted, against Mangum zipped as usual", ours, base, 0.50)]


def bucket(folder: Path) -> list[Row]:
    """One bucket client used, against a raw handler that makes a boto3 S3 client; the same loopback server."""
    with s3_server() as variables:
        environment = {**variables, "PORTABLE_BUCKET_FILES": "files"}
        usual = raw("raw_boto3", folder, "boto3")
        base = Contender("raw boto3", usual, "handler.handler", HELLO, environment=environment)
        event = http_v2("GET", "/files/ada", "ada")
        ours = Contender(
            "portable bucket", packaged("bucket", folder), "entry_read.handler", event, environment=environment
        )
        compare(base, ours, rounds=FEW)
    return [ratio("cold start, one bucket client used, against boto3's S3 client", ours, base, 0.35)]
