"""What a role says of its engines before it is ready: wrong accounts, addresses and rights, each by the engines themselves."""

from __future__ import annotations

import os
import re
import runpy
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import pytest
from servers.waiting import until
from walk.container_stage import STAGE, ContainerStage, password_of

from portable_container.runtime import clients, nats_clients
from portable_container.runtime.engines import Engines
from portable_container.runtime.image import Image
from portable_container.runtime.needs import Needs, of_functions, of_schedule


@dataclass
class Asked:
    """An image and the accounts of its stage."""

    image: Image
    stage: ContainerStage
    monkeypatch: pytest.MonkeyPatch

    def needs(self, role: str) -> Needs:
        """Return what a role of the image needs."""
        prefix = self.stage.prefix
        if role == "schedule":
            return of_schedule(self.image, prefix, ["tick"])
        return of_functions(self.image, prefix, self.image.run_by(role), os.environ, takes=role == "work")

    def missing(self, role: str, told: str = "", **variables: str) -> str:
        """Return what a role with the accounts of its identity misses, but for these variables; as soon as it is `told` in
        these words, if there are any: a server that closes a connection may do so before its reason has come.
        """
        for name, value in {**self.stage.environment(role), **variables}.items():
            self.monkeypatch.setenv(name, value)
        engines = Engines(self.needs(role))
        good = (lambda found: re.search(told, found)) if told else (lambda found: "not answered" not in found)
        return until(lambda: engines.missing() or "", good)


@pytest.fixture
def asked(container: ContainerStage, monkeypatch: pytest.MonkeyPatch) -> Iterator[Asked]:
    image = runpy.run_path(str(container.bundle / "portable_start.py"))["IMAGE"]
    monkeypatch.setenv("PORTABLE_BUCKET_FILES", f"{image.app}-{STAGE}-files")
    yield Asked(image, container, monkeypatch)
    for connections in (clients.shared(), nats_clients.shared()):
        connections.close()


@pytest.mark.parametrize("role", ["serve", "work", "schedule"])
def test_the_account_of_a_role_has_what_the_role_needs(asked: Asked, role: str) -> None:
    assert asked.missing(role) == ""


@pytest.mark.parametrize(
    ("role", "account", "postgres", "nats"),
    [
        ("serve", "work", None, "deployed.dev.stream.clicks.0"),
        ("serve", "schedule", None, "deployed.dev.queue.jobs"),
        ("work", "serve", "DELETE, INSERT, UPDATE on deployed_dev.rows", "$JS.ACK.deployed_dev_queue_jobs.work.>"),
        ("schedule", "work", "SELECT, UPDATE on deployed_dev.portable_due", "deployed.dev.ticks.tick"),
    ],
)
def test_the_account_of_another_role_is_told_with_the_rights_that_it_lacks(
    asked: Asked, role: str, account: str, postgres: str | None, nats: str
) -> None:
    stage = asked.stage
    found = asked.missing(role, PORTABLE_POSTGRES=stage.postgres_of(account), PORTABLE_NATS=stage.nats_of(account))
    at_postgres, _, at_nats = found.rpartition("NATS does not let")
    assert f'the account "{stage.user(account)}" of PORTABLE_NATS publish to' in at_nats
    assert f"what runs here needs the rights of {stage.user(role)} in nats/accounts.conf" in at_nats
    assert nats in asked.needs(role).subjects
    if postgres is None:
        assert at_postgres == ""
    else:
        assert f'PostgreSQL gives the account "{stage.user(account)}" of PORTABLE_POSTGRES no ' in at_postgres
        assert f"{postgres}" in at_postgres
        assert f"what runs here needs the rights of {stage.user(role)};" in at_postgres


def test_the_administrator_may_do_everything(asked: Asked) -> None:
    stage = asked.stage
    assert not asked.missing("work", PORTABLE_POSTGRES=stage.postgres.uri, PORTABLE_NATS=stage.nats_of("deploy"))


def changed(variable: str, old: str, new: str) -> Mapping[str, str]:
    return {"variable": variable, "old": old, "new": new}


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        (
            changed("POSTGRES", "{password}", "hunter2"),
            "PostgreSQL refused the account: PORTABLE_POSTGRES: .*password auth",
        ),
        (
            changed("POSTGRES", ":{password}@", "@"),
            "PostgreSQL refused the account: PORTABLE_POSTGRES: .*no password supp",
        ),
        (changed("POSTGRES", "/postgres?", "/none?"), 'PostgreSQL cannot be used: .*database "none" does not exist'),
        (changed("POSTGRES", "verify-full", "disable"), "PostgreSQL refused the account: .*no encryption"),
        (changed("POSTGRES", "{certificate}", "system"), "PostgreSQL cannot be used: .*certificate verify failed"),
        (changed("POSTGRES", "127.0.0.1", "db.invalid"), "PostgreSQL cannot be reached: .*resolve host 'db.invalid'"),
        (changed("POSTGRES", ":{port}", ":1"), "PostgreSQL cannot be reached: PORTABLE_POSTGRES: .*port 1 failed"),
        (
            changed("NATS", "{password}", "hunter2"),
            r"NATS refused the account: PORTABLE_NATS \(127.*Authorization Viol",
        ),
        (changed("NATS", "nats:", "tls:"), "NATS cannot be used: .*begins with tls://, but the server offers no TLS"),
        (
            changed("NATS", "127.0.0.1", "n.invalid"),
            r"NATS cannot be reached: PORTABLE_NATS \(n.invalid:\d+\): .*not known",
        ),
        (
            changed("BUCKET_FILES", "{bucket}", "none"),
            'the store has no bucket "none" for the bucket "files": .*_FILES',
        ),
    ],
)
def test_what_is_wrong_is_told_in_the_words_of_the_server_and_without_a_password(
    asked: Asked, fault: Mapping[str, str], told: str
) -> None:
    stage, variable = asked.stage, f"PORTABLE_{fault['variable']}"
    password = password_of(stage.user("serve"))
    facts = {"password": password, "certificate": str(stage.postgres.certificate), "port": str(stage.postgres.port)}
    value = {**stage.environment("serve"), "PORTABLE_BUCKET_FILES": f"deployed-{STAGE}-files"}[variable]
    old = fault["old"].format(**facts, bucket=value)
    assert old in value
    found = asked.missing("serve", told, **{variable: value.replace(old, fault["new"])})
    assert re.search(told, found), found
    assert password not in found
    assert "hunter2" not in found
