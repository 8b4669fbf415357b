"""The commands of an image: what its doctor loads, what `migrate` and `prune` do twice, and what they say when they cannot run."""

from __future__ import annotations

import json
import subprocess

from walk.container_stage import IDENTITIES, ContainerStage

from portable_container.deploy.target import target


def test_the_doctor_loads_what_the_image_loads(container: ContainerStage) -> None:
    commands = {command[-2]: command for command in target.doctor(container.bundle, str(container.python))}
    assert {"entry_http", "entry_work", "entry_arrived", "portable_start"} <= commands.keys()
    for module in ("entry_http", "entry_work", "portable_start"):
        command = commands[module]
        done = subprocess.run(command, cwd=container.bundle, capture_output=True, text=True, check=False)
        assert done.stdout == f"{module}.{command[-1]} loads\n", done.stderr


def test_what_was_migrated_is_not_made_again_and_nothing_of_it_is_pruned(container: ContainerStage) -> None:
    first = container.migrate(IDENTITIES)
    made = {f"migrate: schema {container.prefix}", f"migrate: stream {container.prefix}_queue_jobs"}
    assert {*made, "deployed: migrate is done"} <= {*first}
    again = container.migrate()
    assert not [line for line in again if line.startswith(("migrate: schema", "migrate: role", "migrate: password"))]
    assert container.run("prune") == ["deployed: prune is done"]


def test_what_cannot_run_is_told_in_one_line(container: ContainerStage) -> None:
    done = subprocess.run(
        [container.python, "portable_start.py", "server"],
        cwd=container.bundle,
        env={},
        capture_output=True,
        text=True,
        check=False,
    )
    [line] = [json.loads(line) for line in done.stdout.splitlines()]
    assert (done.returncode, done.stderr, line["level"]) == (1, "", "ERROR")
    assert '"server" is no role: choose any of serve, work, schedule' in line["message"]
