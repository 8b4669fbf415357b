"""The image of a packaged app is built from a base without a shell, and runs as nobody on a root that cannot be written."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import pytest
from images.base import BASE, LIMITS, VERSION, Builder, settings_of_pip
from infrastructures import ROOT
from servers.process import free_port
from servers.waiting import until

IMAGE, NAME = "localhost/connected:test", "portable-connected"


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("dist")
    app = tmp_path_factory.mktemp("app")
    for name in ("app.py", "pyproject.toml"):
        (app / name).write_text(
            (ROOT / "tests" / "apps" / "connected" / name).read_text(encoding="utf-8"), encoding="utf-8"
        )
    with (app / "pyproject.toml").open("a", encoding="utf-8") as settings:
        settings.write(f'python = "{VERSION}"\n[tool.portable.container]\nbase = "{BASE}"\n')
    command = [sys.executable, "-m", "portable.tooling.cli.main", "package", str(app), "--target", "container"]
    done = subprocess.run([*command, "--out", str(out)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return out / "container" / "bundle"


@pytest.fixture(scope="module")
def built(bundle: Path, programs: Builder) -> Builder:
    programs.build(bundle, IMAGE, *settings_of_pip())
    return programs


@pytest.fixture(scope="module")
def served(built: Builder, tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """Run the role `serve` as a platform does that trusts no image; yield its port."""
    port, admin = free_port(), free_port()
    secret = tmp_path_factory.mktemp("secrets") / "api-token"
    secret.write_text("grüße", encoding="utf-8")
    secret.chmod(0o644)
    options = [
        "--detach",
        f"--name={NAME}",
        "--read-only",
        "--cap-drop=all",
        "--security-opt=no-new-privileges",
        *LIMITS,
    ]
    options += [
        f"--volume={secret}:/run/secrets/api-token:ro",
        f"--env=PORTABLE_ADMIN_PORT={admin}",
        "--no-healthcheck",
    ]
    done = built.containers("run", *options, IMAGE, "serve", "--host", "127.0.0.1", "--port", str(port))
    assert done.returncode == 0, done.stderr
    try:
        assert until(lambda: _answer(f"http://127.0.0.1:{admin}/_portable/live"), bool), built.containers(
            "logs", NAME
        ).stdout
        yield port
    finally:
        built.containers("rm", "--force", NAME)


def test_the_image_says_what_it_is(built: Builder, bundle: Path) -> None:
    [said] = json.loads(built.containers("inspect", IMAGE).stdout)
    config = said["Config"]
    assert config["User"] == "65532:65532"
    assert config["Entrypoint"] == ["python", "portable_start.py"]
    assert said["HealthCheck" if "HealthCheck" in said else "Healthcheck"]["Test"][0] == "CMD", "no shell asks"
    read = [
        "run",
        "--rm",
        *LIMITS,
        "--entrypoint=python",
        IMAGE,
        "-c",
        "import sys; print(open(sys.argv[1]).read(), end='')",
    ]
    sbom = built.containers(*read, config["Labels"]["portable.sbom"]).stdout
    assert sbom == (bundle / "sbom.cdx.json").read_text(encoding="utf-8")
    assert "uvicorn" in {found["name"] for found in json.loads(sbom)["components"]}


def test_it_serves_with_a_root_that_cannot_be_written(built: Builder, served: int) -> None:
    assert _answer(f"http://127.0.0.1:{served}/secret") == b'{"letters":5}'
    healthy = built.containers("exec", NAME, "python", "portable_start.py", "healthy", "--host", "127.0.0.1")
    assert healthy.returncode == 0, healthy.stdout
    written = built.containers("exec", NAME, "python", "-c", "open('/app/x', 'w')")
    assert "Read-only file system" in written.stderr
    owned = "import os; print(os.getuid(), [n for n in os.listdir('/app') if os.access(f'/app/{n}', os.W_OK)])"
    assert built.containers("exec", NAME, "python", "-c", owned).stdout.strip() == "65532 []"
    kept = "import uvicorn; print(uvicorn.__cached__)"
    assert "/app/site/uvicorn/__pycache__/" in built.containers("exec", NAME, "python", "-c", kept).stdout
    assert built.containers("stop", "--time=20", NAME).returncode == 0
    [ended] = json.loads(built.containers("inspect", NAME).stdout)
    assert ended["State"]["ExitCode"] == 0


def _answer(url: str) -> bytes:
    try:
        with urlopen(url) as answer:
            found: bytes = answer.read()
            return found
    except URLError:
        return b""
