"""Each sample has a server of its own, with roles enforced. It is deployed by `portable deploy` with the role of its deployer only."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from deploy.commands import Commands, as_deployer, plain_http, server
from deployed_samples.sample import STAGE, Sample

SAMPLES = Path(__file__).parents[2] / "samples"


@pytest.fixture(scope="module")
def aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """The environment that leads the engine and boto3 to a server of this module: an account takes one trust of GitHub."""
    with server(tmp_path_factory.mktemp("server")) as environment:
        yield environment


@pytest.fixture(scope="module")
def sample(
    request: pytest.FixtureRequest, aws: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Sample]:
    """The sample of this module's name, deployed. It is destroyed with its data, and nothing is left."""
    name = request.module.__name__.rpartition("test_")[2]
    folder = tmp_path_factory.mktemp(name)
    app = folder / name
    shutil.copytree(SAMPLES / name, app)
    administrator = Commands(app, folder / "dist", aws, STAGE)
    plain_http(administrator)
    environment, _ = as_deployer(administrator)
    commands = Commands(app, folder / "dist", environment, STAGE)
    made = commands.json("deploy", "--yes")
    assert made["outcome"] == "changed"
    deployed = Sample(commands, made["outputs"])
    assert deployed.there(), "what is looked for at the end is seen while it is there"
    yield deployed
    assert commands.json("destroy", "--data", "--confirm-stage", STAGE)["kept"] == []
    assert commands.resources() == []
    assert deployed.there() == []
