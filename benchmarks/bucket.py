"""Buckets beside boto3 on the same loopback server, and the memory of a 1 GiB object in and out."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from statistics import median
from types import SimpleNamespace

import boto3

from benchmarks.rows import Row
from benchmarks.s3_server import s3_server
from portable.storage.bucket import Bucket
from portable.storage.clients import BucketReadWriter

ROUNDS = 7
CALLS = 150
SMALL = b"x" * 1024
GIB = 1024**3


def rows() -> list[Row]:
    """Return what was measured."""
    with s3_server() as variables:
        os.environ.update(variables)
        try:
            return [*small(), streamed()]
        finally:
            for name in variables:
                del os.environ[name]


def small() -> list[Row]:
    """Put and get 1 KiB through Bucket and through boto3's client, in turns."""
    from portable_aws.runtime.storage import bucket_driver

    driver = bucket_driver(Bucket("files"), "bench")
    ours = BucketReadWriter(Bucket("files"), SimpleNamespace(of=lambda _: driver))  # type: ignore[arg-type]
    client = boto3.client("s3")

    def ours_once() -> None:
        ours.put("small", SMALL)
        assert ours.get("small") == SMALL

    def boto3_once() -> None:
        client.put_object(Bucket="bench", Key="small", Body=SMALL)
        assert client.get_object(Bucket="bench", Key="small")["Body"].read() == SMALL

    found = {"ours": [seconds(ours_once)], "boto3": [seconds(boto3_once)]}  # the first round is thrown away
    for _ in range(ROUNDS):
        found["ours"].append(seconds(ours_once))
        found["boto3"].append(seconds(boto3_once))
    fast, slow = median(found["ours"][1:]), median(found["boto3"][1:])
    measured = f"{slow / fast:.1f}x ({fast * 1e6:.0f} us against {slow * 1e6:.0f} us)"
    return [Row("put and get of 1 KiB, rate against boto3's, same server", measured, ">= 4.0x", slow / fast >= 4)]


def streamed() -> Row:
    """Stream 1 GiB in and out in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.streaming", str(GIB), "aws", "bench"]
    taken = int(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    measured = f"{taken / 2**20:.0f} MiB"
    return Row("memory for a 1 GiB object streamed in and out of a Bucket", measured, "< 64 MiB", taken < 64 * 2**20)


def seconds(action: Callable[[], None]) -> float:
    """Return the seconds of one call."""
    start = time.perf_counter()
    for _ in range(CALLS):
        action()
    return (time.perf_counter() - start) / CALLS


if __name__ == "__main__":
    for row in rows():
        print(row)
