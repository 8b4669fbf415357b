"""What an engine writes: events are read, whatever else it writes is passed over, and credentials are hidden."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portable.tooling.deploy.engine import engine_environment
from portable.tooling.deploy.events import Change, Diagnostic, Progress, Summary, read_event
from portable.tooling.deploy.hidden import credentials, hidden, unframed

QUEUE = {"addr": "aws_sqs_queue.jobs", "resource_type": "aws_sqs_queue", "resource_name": "jobs"}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["type", "change", "hook"]), inner),
    max_leaves=6,
)


def change(action: str, resource: dict[str, str] | None = None) -> str:
    return json.dumps({"type": "planned_change", "change": {"resource": resource or QUEUE, "action": action}})


@pytest.mark.parametrize(
    ("said", "action"), [("create", "create"), ("replace", "replace"), ("remove", "forget"), ("delete", "delete")]
)
def test_a_planned_change_names_resource_and_action(said: str, action: Any) -> None:
    assert read_event(change(said)) == Change("aws_sqs_queue.jobs", "aws_sqs_queue", "jobs", action)


@pytest.mark.parametrize("action", ["noop", "read", "what comes later"])
def test_an_action_that_changes_nothing_is_no_change(action: str) -> None:
    assert read_event(change(action)) is None


def test_reading_a_data_source_is_no_change() -> None:
    data = {"addr": "module.x.data.aws_region.here", "resource_type": "aws_region", "resource_name": "here"}
    assert read_event(change("create", data)) is None


def test_progress_a_diagnostic_and_the_end_are_events() -> None:
    hook = {"resource": QUEUE, "action": "create", "elapsed_seconds": 20}
    assert read_event(json.dumps({"type": "apply_progress", "hook": hook})) == Progress(
        "aws_sqs_queue.jobs", "working", "create", 20
    )
    said = {"severity": "error", "summary": "creating", "detail": "denied", "address": "aws_sqs_queue.jobs"}
    found = read_event(json.dumps({"type": "diagnostic", "diagnostic": said}))
    assert isinstance(found, Diagnostic)
    assert found.text == "aws_sqs_queue.jobs: creating: denied"
    assert read_event(json.dumps({"type": "change_summary", "changes": {"operation": "plan"}})) == Summary("plan")


@given(JSON | st.fixed_dictionaries({"type": st.sampled_from(["planned_change", "apply_start", "diagnostic"])}))
def test_lines_of_any_other_form_are_passed_over(value: Any) -> None:
    read_event(json.dumps(value))


@given(st.text())
def test_text_that_is_no_json_is_passed_over(text: str) -> None:
    assert read_event(f"!{text}") is None


def test_a_message_loses_its_frame_and_its_colours() -> None:
    said = "\x1b[31m╷\x1b[0m\n│ Error: Error acquiring the state lock\n│ \n│ Lock Info:\n│   ID: 12\n╵\n"
    assert unframed(said) == ("Error acquiring the state lock Lock Info: ID: 12",)


def test_each_error_is_told_once_and_what_comes_before_them_is_not() -> None:
    said = "Initializing the backend...\n╷\n│ Error: one\n╵\n╷\n│ Error: two\n│ \n│ more\n╵\n╷\n│ Error: one\n╵\n"
    assert unframed(said) == ("one", "two more")
    assert unframed("no frame\nat all\n") == ("no frame at all",)
    assert unframed(" \n") == ()


def test_credentials_of_the_environment_are_in_no_message() -> None:
    environment = {"AWS_SECRET_ACCESS_KEY": "abcdefgh12", "ARM_CLIENT_SECRET": "abcdefgh123", "HOME": "/home/adalove"}
    assert credentials(environment) == ("abcdefgh123", "abcdefgh12")
    assert hidden("key abcdefgh12 of abcdefgh123 in /home/adalove", environment) == "key *** of *** in /home/adalove"


def test_the_path_of_a_file_of_credentials_is_told(tmp_path: Any) -> None:
    file = tmp_path / "credentials.json"
    file.write_text("{}")
    assert hidden(f"cannot read {file}", {"GOOGLE_APPLICATION_CREDENTIALS": str(file)}) == f"cannot read {file}"


def test_a_short_value_hides_no_ordinary_word() -> None:
    assert hidden("a test", {"AWS_SECRET_ACCESS_KEY": "test"}) == "a test"


def test_an_engine_asks_nothing_and_no_variable_of_the_user_chooses_its_workspace(tmp_path: Any) -> None:
    made = engine_environment({"HOME": str(tmp_path), "TF_WORKSPACE": "prod"})
    assert "TF_WORKSPACE" not in made
    assert made["TF_INPUT"] == "0"
    assert (tmp_path / ".cache" / "portable" / "plugins").is_dir()
    assert made["TF_PLUGIN_CACHE_DIR"] == str(tmp_path / ".cache" / "portable" / "plugins")


def test_a_cache_of_plugins_that_the_user_named_stays(tmp_path: Any) -> None:
    (tmp_path / ".terraformrc").write_text('plugin_cache_dir = "/shared"')
    assert "TF_PLUGIN_CACHE_DIR" not in engine_environment({"HOME": str(tmp_path)})
    assert engine_environment({"TF_PLUGIN_CACHE_DIR": "/mine"})["TF_PLUGIN_CACHE_DIR"] == "/mine"


def test_how_often_garbage_is_collected_is_the_users_to_say(tmp_path: Any) -> None:
    assert engine_environment({"HOME": str(tmp_path)})["GOGC"] == "400"
    assert engine_environment({"HOME": str(tmp_path), "GOGC": "off"})["GOGC"] == "off"
