"""Deployments as kustomize writes them, run by `podman kube play` with the engines of the stack: their pods become ready.

What Podman 4 does not know is left out: probes by HTTP, which it would run as `curl` in the container, ports, which it would
open on this machine, and Secrets that are mounted. So the role `work`, which has one, runs by Compose alone.
"""

from __future__ import annotations

import base64
import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from images.stack import IMAGE, Stack
from manifested import named, read
from servers.waiting import until

READY = "from urllib.request import urlopen; print(urlopen('http://127.0.0.1:9090/_portable/ready').read().decode())"


@pytest.fixture(scope="module")
def objects(infra: Path) -> list[dict[str, Any]]:
    kubectl = shutil.which("kubectl")
    if kubectl is None:
        pytest.skip("kubectl is missing: install it from https://kubernetes.io/docs/tasks/tools/")
    done = subprocess.run([kubectl, "kustomize", infra / "kubernetes"], capture_output=True, text=True, check=True)
    return read(done.stdout)


def accounts(stack: Stack, role: str) -> dict[str, str]:
    """Return the keys of a role's Secret with the accounts that Compose gives it."""
    names = ("PORTABLE_POSTGRES", "PORTABLE_NATS")
    held = (each.partition("=") for each in stack.inspect(role)["Config"]["Env"])
    return {name: value for name, _, value in held if name in names}


@pytest.mark.parametrize("role", ["serve", "schedule"])
def test_a_pod_of_a_deployment_is_ready(
    stack: Stack, infra: Path, objects: list[dict[str, Any]], tmp_path: Path, role: str
) -> None:
    deployment = named(objects, "Deployment", role)
    pod = deployment["spec"]["template"]["spec"]
    [container] = pod["containers"]
    for unknown in ("startupProbe", "livenessProbe", "readinessProbe", "ports"):
        del container[unknown]
    assert not any("secret" in volume for volume in pod["volumes"])
    deployment["spec"]["replicas"], container["image"] = 1, IMAGE
    [settings] = [one for one in objects if one["metadata"]["name"].startswith("settings-")]
    [wanted] = [
        one
        for one in read((infra / "kubernetes" / "secrets.example.yaml").read_text())
        if one["metadata"]["name"] == role
    ]
    given = accounts(stack, role)
    assert set(wanted["stringData"]) == set(given)
    for name, value in (
        ("secret", {key: base64.b64encode(text.encode()).decode() for key, text in given.items()}),
        ("deployment", deployment),
        ("settings", settings),
    ):
        (tmp_path / name).write_text(json.dumps(value), encoding="utf-8")
    stack.compose("stop", role)
    made = stack.podman("secret", "create", role, str(tmp_path / "secret"))
    assert made.returncode == 0, made.stderr
    options = ("--network", "orders-dev_engines", "--configmap", str(tmp_path / "settings"))
    played = stack.podman("kube", "play", *options, str(tmp_path / "deployment"))
    try:
        assert played.returncode == 0, played.stdout + played.stderr
        name = f"{role}-pod-0-app"
        ready = until(lambda: stack.podman("exec", name, "python", "-c", READY).stdout, bool)
        assert ready == "ready\n\n", stack.podman("logs", name).stdout
        [held] = json.loads(stack.podman("inspect", name).stdout)
        assert held["HostConfig"]["ReadonlyRootfs"]
        assert held["BoundingCaps"] is None
        assert held["Config"]["User"] == "65532:65532"
        assert (
            held["HostConfig"]["Memory"] == int(container["resources"]["limits"]["memory"].removesuffix("Mi")) * 2**20
        )
    finally:
        stack.podman("kube", "down", str(tmp_path / "deployment"))
