"""The tools of those who run the manifests read them: kustomize, nats-server, Docker Compose."""

from __future__ import annotations

import asyncio
import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nats
import pytest
import yaml
from manifested import files_of, read, sample
from servers.nats import accounts, installed, serving
from servers.process import free_port

from portable_container.deploy.kubernetes_pods import IMAGE
from portable_container.runtime.nats_clients import inbox_of

PINNED = f"registry.example.com/shop/photos@sha256:{'1' * 64}"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The infrastructure of a sample, where HTTP and event functions have roles of their own."""
    found = tmp_path_factory.mktemp("infra")
    for path, text in files_of(sample("samples/photos"), isolate=("upload", "index")).items():
        (found / path).parent.mkdir(parents=True, exist_ok=True)
        (found / path).write_text(text, encoding="utf-8")
    return found


def built(folder: Path) -> list[dict[str, Any]]:
    """Return the objects that kustomize makes of a folder."""
    kubectl = shutil.which("kubectl")
    if kubectl is None:
        pytest.skip("kubectl is missing: install it from https://kubernetes.io/docs/tasks/tools/")
    done = subprocess.run([kubectl, "kustomize", folder], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    return read(done.stdout)


def names(found: list[dict[str, Any]], *kinds: str) -> set[str]:
    return {f"{one['apiVersion']} {one['metadata']['name']}" for one in found if one["kind"] in kinds}


@pytest.mark.parametrize("base", ["kubernetes", "keda", "knative"])
def test_a_kustomization_of_a_team_sets_the_image_everywhere(folder: Path, base: str) -> None:
    own = folder / f"own-{base}"
    own.mkdir()
    name, _, digest = PINNED.partition("@")
    images = [{"name": IMAGE, "newName": name, "digest": digest}]
    (own / "kustomization.yaml").write_text(yaml.safe_dump({"resources": [f"../{base}"], "images": images}))
    found = built(own)
    assert set(re.findall(r'"image": "([^"]+)"', json.dumps(found))) == {PINNED}
    assert not names(found, "Secret")


@pytest.mark.parametrize("base", ["kubernetes", "knative"])
def test_changed_settings_start_new_pods_and_leave_the_job_alone(folder: Path, base: str) -> None:
    def names_in(value: str) -> tuple[set[str], str]:
        own = folder / f"settings-{base}-{value}"
        own.mkdir()
        said = {
            "name": "settings",
            "namespace": "photos-prod",
            "behavior": "merge",
            "literals": [f"PORTABLE_PROXY={value}"],
        }
        (own / "kustomization.yaml").write_text(
            yaml.safe_dump({"resources": [f"../{base}"], "configMapGenerator": [said]})
        )
        found = built(own)
        [job] = [json.dumps(one) for one in found if one["kind"] == "Job"]
        maps = {one["metadata"]["name"] for one in found if one["kind"] == "ConfigMap"}
        asked = set(re.findall(r'"configMapKeyRef": {"key": "\w+", "name": "([\w-]+)"', json.dumps(found)))
        assert asked <= maps
        return asked - {"migrate"}, job

    (first, job), (second, same) = names_in("1"), names_in("2")
    assert len(first) == len(second) == 1
    assert first != second
    assert job == same


def test_the_example_of_an_overlay_is_one(folder: Path) -> None:
    found = built(folder / "overlay")
    settings = next(one for one in found if one["metadata"]["name"].startswith("settings-"))
    store = {"AWS_REGION": "us-east-1", "AWS_ENDPOINT_URL_S3": "https://store.example.com"}
    assert settings["data"] == {**store, "PORTABLE_PROXY": "1"}
    assert "registry.example.com/photos@sha256" in json.dumps(found)


@pytest.mark.parametrize(("said", "code"), [("it is already in effect", 0), ("the policy does not exist", 1)])
def test_the_store_is_prepared_twice_and_a_fault_is_not_hidden(
    folder: Path, tmp_path: Path, said: str, code: int
) -> None:
    mc, log = tmp_path / "mc", tmp_path / "log"
    mc.write_text(f'#!/bin/sh\necho "$@" >> {log}\ncase "$*" in *attach*) echo "mc: {said}" >&2; exit 1;; esac\n')
    mc.chmod(0o755)
    names = (
        "STORE_URL",
        "MINIO_ROOT_USER",
        "MINIO_ROOT_PASSWORD",
        "PASSWORD_SERVE",
        "PASSWORD_WORK",
        "PASSWORD_UPLOAD",
    )
    environment = dict.fromkeys((*names, "PASSWORD_INDEX"), "a b$(c)") | {"PATH": f"{tmp_path}:/usr/bin:/bin"}
    done = subprocess.run(
        ["sh", folder / "minio" / "prepare.sh"], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == code, done.stderr
    last = log.read_text(encoding="utf-8").splitlines()[-1]
    assert last.startswith("event add" if code == 0 else "admin policy attach")


def test_keda_has_the_number_of_workers(folder: Path) -> None:
    found = built(folder / "keda")
    replicas = {one["metadata"]["name"]: one["spec"].get("replicas") for one in found if one["kind"] == "Deployment"}
    assert replicas == {"serve": None, "serve-upload": None, "work": None, "work-index": None, "schedule": 2}
    assert names(found, "ScaledObject") == {"keda.sh/v1alpha1 work", "keda.sh/v1alpha1 work-index"}


def test_knative_serves_in_place_of_deployments(folder: Path) -> None:
    found = built(folder / "knative")
    assert names(found, "Deployment") == {"apps/v1 work", "apps/v1 work-index"}
    serving_names = ("serve", "serve-upload", "events", "events-index")
    assert names(found, "Service") == {f"serving.knative.dev/v1 {name}" for name in serving_names}
    assert not names(found, "HorizontalPodAutoscaler")


def test_the_line_in_env_example_makes_passwords_that_every_engine_takes(tmp_path: Path) -> None:
    text = files_of(sample("samples/photos"))[".env.example"]
    (tmp_path / ".env.example").write_text(text, encoding="utf-8")
    [line] = [line.removeprefix("# ") for line in text.splitlines() if line.startswith("# (")]
    subprocess.run(["sh", "-c", line], cwd=tmp_path, check=True)
    made = tmp_path / ".env"
    assert made.stat().st_mode & 0o077 == 0
    values = dict(line.split("=", 1) for line in made.read_text().splitlines() if line and not line.startswith("#"))
    assert values
    assert all(re.fullmatch(r"p[0-9a-f]{32}", value) for value in values.values())
    assert len(set(values.values())) == len(values)


def test_docker_compose_reads_its_file(folder: Path) -> None:
    docker = shutil.which("docker")
    known = docker and subprocess.run([docker, "compose", "version"], capture_output=True, check=False).returncode == 0
    if not docker or not known:
        pytest.skip("docker compose is missing: install Docker with its plugin compose; no engine needs to run")
    names = re.findall(r"(?m)^(\w+)=$", (folder / ".env.example").read_text(encoding="utf-8"))
    environment = {**os.environ, **dict.fromkeys(names, "pabc")}
    done = subprocess.run(
        [docker, "compose", "config", "--quiet"],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")


@pytest.fixture(scope="module")
def broker(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """The port of a server with the users of the sample. The password of each is its name."""
    config, environment = accounts(
        tmp_path_factory.mktemp("nats"), (folder / "nats" / "accounts.conf").read_text(encoding="utf-8")
    )
    port = free_port()
    with serving(config.parent, port, config, environment):
        yield port


def test_the_store_tells_what_became_of_objects_and_reads_nothing(broker: int) -> None:
    async def tell() -> None:
        deploy = await _connect(broker, "photos_prod_deploy")
        store = await _connect(broker, "photos_prod_store")
        await deploy.jetstream().add_stream(name="photos_prod_bucket_photos", subjects=["photos.prod.bucket.photos"])
        answer = await store.jetstream().publish("photos.prod.bucket.photos", b"{}")
        assert answer.seq == 1
        heard: list[bytes] = []

        async def hear(message: Any) -> None:
            heard.append(message.data)

        for subject in (">", inbox_of("photos_prod_work") + ".>", "photos.prod.bucket.photos"):
            await store.subscribe(subject, cb=hear)
        await store.publish("photos.prod.queue.jobs", b"no")
        await store.flush()
        await deploy.publish(f"{inbox_of('photos_prod_work')}.one", b"an answer")
        await deploy.publish("photos.prod.bucket.photos", b"an event")
        await deploy.flush()
        await store.flush()
        assert heard == []
        for client in (deploy, store):
            await client.close()

    asyncio.run(tell())


async def _connect(port: int, user: str) -> Any:

    async def ignore(_error: Exception) -> None:
        """A refusal comes as an error of the connection."""

    return await nats.connect(f"nats://{user}:p{user}@127.0.0.1:{port}", error_cb=ignore, allow_reconnect=False)


def test_the_server_of_compose_reads_its_configuration(folder: Path) -> None:
    compose = read((folder / "compose.yaml").read_text(encoding="utf-8"))[0]["services"]["nats"]
    environment = {name: "10GB" if name.startswith("NATS_MAX_FILE_") else "pabc" for name in compose["environment"]}
    config = folder / "nats" / "server.conf"
    done = subprocess.run(
        [installed(), "-t", "-c", config], capture_output=True, text=True, check=False, env=environment
    )
    assert done.returncode == 0, done.stderr
    del environment["PASSWORD_PHOTOS_PROD_WORK"]
    done = subprocess.run(
        [installed(), "-t", "-c", config], capture_output=True, text=True, check=False, env=environment
    )
    assert done.returncode != 0
