"""In which repository a pipeline runs: what git says, and what the command says of the files."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from portable.errors import PortableError
from portable.tooling.cli.deployer import Kind, repository_of
from portable.tooling.cli.main import program

SOURCE = "from portable import function, http\n\n\n@function(http.get('/'))\ndef hello() -> str:\n    return 'hello'\n"


def repository(folder: Path, origin: str) -> Path:
    """Make a repository with an app in the folder apps/hello, and return the folder of the app."""
    app = folder / "apps" / "hello"
    app.mkdir(parents=True)
    (app / "app.py").write_text(SOURCE)
    (app / "pyproject.toml").write_text('[project]\nname = "hello"\nversion = "0"\n')
    for command in (("init", "-q"), ("remote", "add", "origin", origin)):
        subprocess.run(["git", *command], cwd=folder, check=True)
    return app


@pytest.mark.parametrize(
    "origin",
    [
        "git@github.com:acme/shop.git",
        "https://github.com/acme/shop",
        "https://user@github.com/acme/shop.git",
        "ssh://git@github.com:22/acme/shop.git",
        "ssh://git@github.com/acme/shop.git",
    ],
)
def test_the_repository_is_that_of_the_remote(tmp_path: Path, origin: str) -> None:
    found = repository_of(repository(tmp_path, origin), Kind.github, None, "main", "", "")
    assert (found.name, found.folder) == ("acme/shop", "apps/hello")


def test_without_a_remote_the_option_is_asked_for(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text(SOURCE)
    with pytest.raises(PortableError, match="give --repository"):
        repository_of(tmp_path, Kind.github, None, "main", "", "")


def test_the_command_writes_the_files_beside_the_artifact_and_packaging_goes_on(tmp_path: Path) -> None:
    app = repository(tmp_path / "repository", "git@github.com:acme/shop.git")
    out = tmp_path / "dist"
    own = app / ".infra" / "aws"
    own.mkdir(parents=True)
    stale = out / "aws" / "deployer" / "policy-deploy-9.json"
    stale.parent.mkdir(parents=True)
    stale.write_text("{}")
    (own / "backend.tf").write_text('terraform {\n  backend "s3" {\n    bucket = "states"\n    key = "hello"\n  }\n}\n')
    given = [str(app), "--target", "aws", "--stage", "prod", "--out", str(out)]
    done = CliRunner().invoke(program(), ["plan", *given, "--ci", "github", "--json"])
    assert done.exit_code == 0, done.output
    told: dict[str, Any] = json.loads(done.stdout)
    folder = out / "aws" / "deployer"
    assert {Path(file).name for file in told["files"]} == {file.name for file in folder.iterdir()}
    assert {"main.tf.json", "policy-deploy-1.json", "deploy-hello-aws-prod.yml"} <= {
        file.name for file in folder.iterdir()
    }
    assert set(told["variables"]) == {"PORTABLE_ROLE", "AWS_REGION"}
    assert not stale.exists()
    assert "states/env:/*/hello" in "".join(file.read_text() for file in folder.glob("policy-*.json"))
    again = CliRunner().invoke(program(), ["plan", *given, "--deployer"])
    assert again.exit_code == 0, again.output
    assert "an administrator reads the files" in again.stdout


def test_a_boundary_where_there_is_none_is_refused(tmp_path: Path) -> None:
    app = repository(tmp_path / "repository", "git@github.com:acme/shop.git")
    given = [str(app), "--target", "gcp", "--out", str(tmp_path / "dist"), "--boundary", "arn:aws:iam::1:policy/x"]
    done = CliRunner().invoke(program(), ["plan", *given])
    assert isinstance(done.exception, PortableError)
    assert "--boundary: " in str(done.exception)
