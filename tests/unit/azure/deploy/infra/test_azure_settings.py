"""The settings of a function app: what the generated functions and the drivers read, as they can read it."""

from __future__ import annotations

import json
import re
from typing import Any

from unit.azure.azure_infra import EVERYTHING_KINDS, configuration, declared, having, holding, queue, topic
from unit.azure.azure_models import app, http

from portable.tooling.app.model import Grant
from portable.tooling.target import Options
from portable_azure.deploy.sources import CONNECTION
from portable_azure.deploy.target import target
from portable_azure.runtime import accounts, settings

VALUES = {
    "primary_blob_endpoint": "https://account.blob.core.windows.net/",
    "primary_queue_endpoint": "https://account.queue.core.windows.net/",
    "endpoint": "https://account.documents.azure.com:443/",
    "versionless_id": "https://vault.vault.azure.net/secrets/token",
    "client_id": "11111111-2222-3333-4444-555555555555",
}
"""What the attributes of the provider look like."""


def known(text: str) -> str:
    """Return a setting as it is when Terraform has put in what the provider says; names are labels."""
    return re.sub(r"\$\{azurerm_\w+\.([\w-]+)\.(\w+)\}", lambda found: VALUES.get(found[2], found[1].rstrip("_")), text)


def test_every_name_that_the_generated_functions_leave_to_the_host_is_a_setting() -> None:
    found = configuration(*EVERYTHING_KINDS).settings()
    source = target.plan(app(*EVERYTHING_KINDS), Options("3.12", "x86_64", {})).generated()["function_app.py"]
    names = set(re.findall(r"%(\w+)%", source))
    assert names == {name for name in found if name.startswith(("PORTABLE_FEED_", "PORTABLE_GROUP_"))}
    for connection in set(re.findall(r'connection="(\w+)"', source)):
        assert {f"{connection}__credential", f"{connection}__clientId"} <= set(found)
        assert {f"{connection}__queueServiceUri", f"{connection}__fullyQualifiedNamespace"} & set(found)


def test_the_drivers_understand_every_address() -> None:
    found = {name: known(value) for name, value in configuration(*EVERYTHING_KINDS).settings().items()}
    assert accounts.split_url(found["PORTABLE_BUCKET_BOX"]) == ("account", "box")
    assert accounts.cosmos_parts(found["PORTABLE_TABLE_ROWS"])[1:] == ("tables", "rows")
    assert found["PORTABLE_QUEUE_JOBS"] == "https://account.queue.core.windows.net/jobs"
    assert settings.parts(found["PORTABLE_SECRET_TOKEN"]) == ("https://vault.vault.azure.net", "token", None)
    assert found["PORTABLE_STREAM_CLICKS"] == "streams.servicebus.windows.net/clicks"
    assert found["PORTABLE_SETTING_LIMIT"] == "${var.setting_limit}"
    assert all(accounts.is_of_azure(found[name]) for name in ("PORTABLE_BUCKET_BOX", "PORTABLE_QUEUE_JOBS"))


def test_an_app_is_told_what_its_functions_use_and_nothing_else() -> None:
    found = configuration(holding(("bucket", "box", ("get",))), resources=(declared("bucket", "other"),))
    assert {name for name in found.settings() if name.startswith("PORTABLE_")} == {
        "PORTABLE_TARGET",
        "PORTABLE_BUCKET_BOX",
    }


def test_dead_letters_are_found_by_both_of_their_names() -> None:
    function = having(queue("work", "jobs", dead_letter=True), (Grant("jobs-poison", "queue", ("send",)),))
    found = configuration(function).settings()
    assert found["PORTABLE_DEAD_JOBS"] == found["PORTABLE_QUEUE_JOBS_POISON"]
    assert known(found["PORTABLE_DEAD_JOBS"]) == "https://account.queue.core.windows.net/jobs-poison"


def test_the_host_signs_in_with_the_identity_and_keeps_its_state_in_an_account_of_its_own() -> None:
    found = configuration(*EVERYTHING_KINDS).settings()
    assert {name: known(value) for name, value in found.items() if name.startswith(CONNECTION)} == {
        "AzureWebJobsStorage__blobServiceUri": "https://account.blob.core.windows.net/",
        "AzureWebJobsStorage__queueServiceUri": "https://account.queue.core.windows.net/",
        "AzureWebJobsStorage__credential": "managedidentity",
        "AzureWebJobsStorage__clientId": VALUES["client_id"],
    }
    assert "azurerm_storage_account.App." in found["AzureWebJobsStorage__blobServiceUri"]
    assert "azurerm_storage_account.data_." in found["AzureWebJobsStorage__queueServiceUri"]
    assert found["AZURE_CLIENT_ID"] == "${azurerm_user_assigned_identity.App.client_id}"


def test_the_settings_are_set_again_without_the_connection_string_that_the_provider_adds() -> None:
    found = configuration(*EVERYTHING_KINDS)
    again = found.one("resource_group_template_deployment", "App")
    template = json.loads(again["template_content"])
    assert [each["type"] for each in template["resources"]] == ["Microsoft.Web/sites/config"]
    assert template["resources"][0]["properties"] == "[parameters('settings')]", "a value is never ARM's expression"
    assert "merge(azurerm_function_app_flex_consumption.App.app_settings," in again["parameters_content"]
    assert again["lifecycle"] == {"replace_triggered_by": ["azurerm_function_app_flex_consumption.App"]}
    features = found.main["provider"]["azurerm"]["features"]
    assert features["template_deployment"] == {"delete_nested_items_during_deletion": False}


def test_what_a_user_declared_is_never_evaluated() -> None:
    hostile = "${file(\"/etc/passwd\")} %{if true}x%{endif} [concat('a')]"
    function = http("web", "/x", environment=(("NOTE", hostile),))
    found = configuration(
        function, holding(("setting", "limit", ("read",))), resources=(declared("setting", "limit", default=hostile),)
    )
    assert found.settings()["NOTE"] == hostile.replace("${", "$${").replace("%{", "%%{")
    assert found.variables["setting_limit"]["default"] == hostile


def test_a_setting_without_a_default_must_be_given() -> None:
    found = configuration(
        holding(("setting", "limit", ("read",))), resources=(declared("setting", "limit", default=None),)
    )
    assert "default" not in found.variables["setting_limit"]


def isolated() -> Any:
    web = http("web", "/x", environment=(("MODE", "web"),), memory=256)
    work = queue("work", environment=(("MODE", "work"),), memory=3000)
    return configuration(web, work, topic("listen"), isolate=["work"])


def test_each_function_is_off_in_every_app_but_its_own() -> None:
    found = isolated()
    shared, own = found.settings(), found.settings("work")
    assert {name: value for name, value in shared.items() if name.startswith("AzureWebJobs.")} == {
        "AzureWebJobs.work.Disabled": "true"
    }
    assert {name for name in own if name.startswith("AzureWebJobs.")} == {
        "AzureWebJobs.web.Disabled",
        "AzureWebJobs.zz-portable-unknown.Disabled",
        "AzureWebJobs.listen.Disabled",
    }
    assert (shared["MODE"], own["MODE"]) == ("web", "work")


def test_every_app_resolves_the_names_of_all_functions_because_it_has_the_code_of_all() -> None:
    found = isolated()
    for identity in ("App", "work"):
        assert {"PORTABLE_FEED_WORK", "PORTABLE_FEED_LISTEN"} <= set(found.settings(identity))


def test_an_isolated_function_has_an_app_a_plan_and_an_account_of_its_own() -> None:
    found = isolated()
    for kind in (
        "function_app_flex_consumption",
        "service_plan",
        "user_assigned_identity",
        "resource_group_template_deployment",
    ):
        assert set(found.resources(kind)) == {"App", "work"}
        assert len({each["name"] for each in found.resources(kind).values()}) == 2
    assert set(found.resources("storage_account")) == {"App", "work", "data_"}
    assert found.one("function_app_flex_consumption", "App")["instance_memory_in_mb"] == 512
    assert found.one("function_app_flex_consumption", "work")["instance_memory_in_mb"] == 4096
    assert found.main["locals"]["functions"] == {
        "web": "${azurerm_function_app_flex_consumption.App.name}",
        "work": "${azurerm_function_app_flex_consumption.work.name}",
        "listen": "${azurerm_function_app_flex_consumption.App.name}",
    }
