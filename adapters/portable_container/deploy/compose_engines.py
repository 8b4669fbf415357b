"""A site in, the services of its engines for Docker Compose out: PostgreSQL, NATS with JetStream, and MinIO."""

from __future__ import annotations

from typing import Any

from portable_container.deploy import store, users
from portable_container.deploy.site import Site
from portable_container.runtime.addresses import password_variable
from portable_container.runtime.image import NATS, POSTGRES, STORE

IMAGES = {
    "POSTGRES_IMAGE": "postgres:17.6",
    "NATS_IMAGE": "nats:2.12.1-alpine",
    "MINIO_IMAGE": "minio/minio:RELEASE.2025-09-07T16-13-09Z",
    "MC_IMAGE": "minio/mc:RELEASE.2025-08-13T08-35-41Z",
}
"""By the variable that pins another version, or a digest. Delays need NATS 2.12."""
OF_ENGINE = {POSTGRES: ("POSTGRES_IMAGE",), NATS: ("NATS_IMAGE",), STORE: ("MINIO_IMAGE", "MC_IMAGE")}
ADMINISTRATOR = "postgres"
"""The administrator of PostgreSQL, whom only migrate uses."""
STORE_ADMINISTRATOR = "administrator"
DATABASE = "portable"


def engine_services(site: Site) -> dict[str, Any]:
    """Return the services of the engines that the app needs."""
    made = {POSTGRES: _postgres, NATS: _nats, STORE: _store}
    found = {engine: make(site) for engine, make in made.items() if engine in site.engines}
    if STORE in site.engines:
        found["prepare-store"] = _prepare(site)
    return found


def hardened() -> dict[str, Any]:
    """Return what every container has: no rights, nothing to write but /tmp, and logs that end."""
    return {
        "read_only": True,
        "tmpfs": ["/tmp"],  # noqa: S108 - in a container
        "cap_drop": ["ALL"],
        "security_opt": ["no-new-privileges:true"],
        "pids_limit": 512,
        "logging": {"driver": "json-file", "options": {"max-size": "10m", "max-file": "5"}},
    }


def needed(variable: str, why: str = ".env.example") -> str:
    """Return what Compose replaces by a variable that must be set."""
    return f"${{{variable}:?{why}}}"


def _engine(variable: str, **more: Any) -> dict[str, Any]:
    image = f"${{{variable}:-{IMAGES[variable]}}}"
    return {"image": image, **more, "networks": ["engines"], "restart": "unless-stopped", **hardened()}


def _health(*test: str) -> dict[str, Any]:
    return {"test": ["CMD", *test], "interval": "5s", "timeout": "5s", "retries": 12, "start_period": "10s"}


def _postgres(_site: Site) -> dict[str, Any]:
    service = _engine(
        "POSTGRES_IMAGE",
        user="999:999",  # of the image; its volume belongs to it from the beginning
        environment={"POSTGRES_PASSWORD": needed("POSTGRES_PASSWORD"), "POSTGRES_DB": DATABASE},
        healthcheck=_health("pg_isready", "--host", "127.0.0.1", "--username", ADMINISTRATOR, "--dbname", DATABASE),
        volumes=["postgres:/var/lib/postgresql/data"],
        shm_size="128m",
        stop_grace_period="60s",
    )
    service["tmpfs"] = [*service["tmpfs"], "/run/postgresql:mode=1777"]
    return service


def _nats(site: Site) -> dict[str, Any]:
    return _engine(
        "NATS_IMAGE",
        command=["--config", "/etc/nats/server.conf"],
        environment={
            **dict.fromkeys((users.MAX_STORE, users.limit_variable(site)), f"${{{users.MAX_STORE}:-{users.LARGEST}}}"),
            **{name: needed(variable) for name, variable in users.passwords(site).items()},
        },
        healthcheck=_health("wget", "-q", "-O", "/dev/null", "http://127.0.0.1:8222/healthz"),
        volumes=["./nats:/etc/nats:ro", "nats:/data"],
        stop_grace_period="30s",
    )


def _store(site: Site) -> dict[str, Any]:
    told = store.notifications(site, f"{NATS}:4222", needed(password_variable(STORE))) if site.image.watched() else {}
    service = _engine(
        "MINIO_IMAGE",
        command=["server", "/data"],
        environment={
            "MINIO_ROOT_USER": STORE_ADMINISTRATOR,
            "MINIO_ROOT_PASSWORD": needed("MINIO_ROOT_PASSWORD"),
            "MINIO_BROWSER": "off",
            **told,
        },
        healthcheck=_health("mc", "ready", "local"),
        volumes=["store:/data", *(["store-events:/events"] if told else [])],
    )
    service["environment"]["MC_CONFIG_DIR"] = "/tmp/mc"  # noqa: S108 - in a container
    if told:
        service["depends_on"] = {NATS: {"condition": "service_healthy"}}
    return service


def _prepare(site: Site) -> dict[str, Any]:
    """Return the service that makes buckets, accounts and notifications, and ends."""
    keys = {password_variable(identity): needed(password_variable(identity)) for identity in store.holders(site)}
    service = _engine(
        "MC_IMAGE",
        entrypoint=["/bin/sh", "/prepare/prepare.sh"],
        environment={
            "STORE_URL": f"http://{STORE}:9000",
            "MINIO_ROOT_USER": STORE_ADMINISTRATOR,
            "MINIO_ROOT_PASSWORD": needed("MINIO_ROOT_PASSWORD"),
            "MC_CONFIG_DIR": "/tmp/mc",  # noqa: S108 - in a container
            **keys,
        },
        volumes=["./minio:/prepare:ro"],
    )
    service["depends_on"] = {STORE: {"condition": "service_healthy"}}
    return service | {"restart": "no"}
