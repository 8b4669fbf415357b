"""New code in functions that run on ministack, without the engine, and back again."""

from __future__ import annotations

import json
from base64 import b64decode
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import boto3
import pytest
from processes.tooling.remote.conftest import Shop

from portable.errors import PortableError
from portable.tooling.deploy.lock import Busy, locked
from portable.tooling.deploy.order import Order
from portable.tooling.remote.updating import Updated, roll_back, update


@pytest.fixture
def order(shop: Shop) -> Iterator[Order]:
    """An order for the app, whose sources and code are as they were again afterwards."""
    before = {file: file.read_text() for file in shop.folder.glob("*.py")}
    found = Order(shop.folder, "aws", "dev", shop.out, "deploy --code", {}, lambda step: None)
    yield found
    for file, text in before.items():
        file.write_text(text)
    update(found)


def deployed() -> dict[str, str]:
    """Return the hash of the code that each function of the stage runs."""
    functions = boto3.client("lambda").list_functions()["Functions"]
    return {each["FunctionName"]: b64decode(each["CodeSha256"]).hex() for each in functions}


def edit(file: Path, old: str, new: str) -> None:
    assert old in file.read_text()
    file.write_text(file.read_text().replace(old, new))


def changed(done: Updated) -> set[str]:
    return {unit.removeprefix("shop-dev-") for unit in done.changed}


def test_only_the_functions_that_import_what_has_changed_get_new_code(shop: Shop, order: Order) -> None:
    first = update(order)
    edit(shop.folder / "prices.py", "7", "8")
    done = update(order)
    assert changed(done) == {"work", "nightly"}
    runs = deployed()
    assert {runs[unit] for unit in done.changed} == {done.sha256}
    assert {runs[unit] for unit in done.untouched} == {first.sha256}
    assert "costs 8" in shop.run("invoke", "work", "--remote", "--message", '{"a": 1}')[1]
    again = update(order)
    assert (again.changed, set(again.same)) == ((), set(done.changed))


def test_a_rollback_returns_to_the_code_before_and_a_second_one_goes_forward_again(shop: Shop, order: Order) -> None:
    old = update(order).sha256
    edit(shop.folder / "jobs.py", "costs", "is priced at")
    new = update(order).sha256
    assert roll_back(order).sha256 == old
    assert set(deployed().values()) == {old}
    assert "costs 7" in shop.run("invoke", "work", "--remote", "--message", '{"a": 1}')[1]
    assert changed(roll_back(order)) == {"work", "nightly"}
    assert new in deployed().values()


def test_the_command_says_which_functions_run_the_new_code(shop: Shop, order: Order) -> None:
    shop.run("deploy", "--code")
    edit(shop.folder / "web.py", "hello {name}", "good evening {name}")
    said, _ = shop.run("deploy", "--code")
    assert "new code: shop-dev-hello" in said
    assert "the change does not reach the other 2" in said
    assert "nothing was touched" in shop.run("deploy", "--code")[0]
    back = json.loads(shop.run("deploy", "--code", "--rollback", "--json")[0])
    assert set(back["changed"]) == {"shop-dev-hello", "shop-dev-boom", "shop-dev-index"}
    shop.run("deploy", "--code", "--refresh", code=2)


def test_code_that_somebody_else_has_changed_is_made_right(shop: Shop, order: Order) -> None:
    done = update(order)
    strange = shop.folder / "strange.zip"
    strange.write_bytes(b"PK\x05\x06" + b"\0" * 18)
    boto3.client("lambda").update_function_code(FunctionName="shop-dev-hello", ZipFile=strange.read_bytes())
    strange.unlink()
    assert changed(update(order)) == {"hello"}
    assert set(deployed().values()) == {done.sha256}


def test_more_than_code_is_refused_and_nothing_is_touched(shop: Shop, order: Order) -> None:
    update(order)
    runs = deployed()
    edit(shop.folder / "jobs.py", '@function(schedule.cron("0 3 * * *"))', '@function(schedule.cron("0 4 * * *"))')
    with pytest.raises(PortableError, match=r"changed since .*function nightly.*portable deploy .* --target aws"):
        update(order)
    assert deployed() == runs


def test_a_stage_that_is_not_there_is_told_and_two_commands_never_work_at_once(shop: Shop, order: Order) -> None:
    with pytest.raises(PortableError, match="portable deploy --target aws --stage prod"):
        update(replace(order, stage="prod"))
    with locked(shop.out / ".aws.lock", "another command", lambda step: None), pytest.raises(Busy):
        update(order)


def test_an_artifact_is_uploaded_once_and_only_if_something_needs_it(shop: Shop, order: Order) -> None:
    update(order)
    [bucket] = [each["Name"] for each in boto3.client("s3").list_buckets()["Buckets"] if "--code-" in each["Name"]]
    before = {item["Key"] for item in boto3.client("s3").list_objects_v2(Bucket=bucket).get("Contents", ())}
    steps: list[str] = []
    update(replace(order, report=steps.append))
    assert not any("uploading" in step for step in steps)
    edit(shop.folder / "web.py", "hello {name}", "good day {name}")
    done = update(order)
    after = {item["Key"] for item in boto3.client("s3").list_objects_v2(Bucket=bucket)["Contents"]}
    assert after - before == {f"{done.sha256}.zip"}
    state = json.loads((shop.out / "aws" / "code" / "dev.json").read_text())
    assert state["current"] == done.sha256
