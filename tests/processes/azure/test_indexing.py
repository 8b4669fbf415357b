"""The Functions project of an app: indexed by azure-functions, loaded by the doctor."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from processes.azure.azure_bundle import make_bundle, read_app

from portable.tooling.plan import Plan
from portable.tooling.target import Options
from portable_azure.deploy.routes import UNKNOWN
from portable_azure.deploy.target import target
from portable_azure.testing.hosted.azure_routing import routes as host_routes

EVERYTHING = Path(__file__).parents[2] / "apps" / "everything"
OPTIONS = Options("3.13", "x86_64", {})


def test_an_app_of_this_target_has_no_gap() -> None:
    assert target.check(read_app(EVERYTHING, "everything"), OPTIONS) == []


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> tuple[Plan, Path]:
    folder = tmp_path_factory.mktemp("azure") / "bundle"
    return make_bundle(EVERYTHING, "everything", folder), folder


INDEX = """
import json, sys
sys.path.append(".")
import function_app
found = {}
for function in function_app._app.get_functions():
    found[function.get_function_name()] = json.loads(function.get_function_json())["bindings"]
print(json.dumps(found))
"""


def test_azure_functions_indexes_one_function_per_declared_one(bundle: tuple[Plan, Path]) -> None:
    plan, folder = bundle
    done = subprocess.run([sys.executable, "-B", "-c", INDEX], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout.splitlines()[-1])
    assert set(found) == {function.name for function in plan.functions} | {UNKNOWN}
    for function in plan.functions:
        assert found[function.name][0]["type"] == function.details["type"]
    host_routes(found)
    assert found["work"][0]["queueName"] == "%PORTABLE_FEED_WORK%"
    assert found["tick"][0]["schedule"] == "0 0,5,10,15,20,25,30,35,40,45,50,55 * * * *"
    assert found["echo"][0]["route"] == "echo/{*path}"


def test_the_doctor_loads_the_project_and_names_what_it_found(bundle: tuple[Plan, Path]) -> None:
    _, folder = bundle
    [command] = target.doctor(folder, sys.executable)
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "function_app.py loads: " in done.stdout
    assert "work (queueTrigger)" in done.stdout


def test_the_doctor_shows_the_traceback_of_the_app(bundle: tuple[Plan, Path], tmp_path: Path) -> None:
    _, folder = bundle
    broken = tmp_path / "bundle"
    broken.mkdir()
    for item in folder.iterdir():
        (broken / item.name).symlink_to(item)
    (broken / "app.py").unlink()
    (broken / "app.py").write_text("raise RuntimeError('the app is at fault')\n")
    done = subprocess.run(
        target.doctor(broken, sys.executable)[0], cwd=broken, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert "RuntimeError: the app is at fault" in done.stderr
