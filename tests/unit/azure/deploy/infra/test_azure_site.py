"""A site in a storage account: who writes its files, when, and that its other address is told."""

from __future__ import annotations

from msgspec.structs import replace
from unit.azure.azure_infra import configuration, whole
from unit.azure.azure_models import app, http

from portable.tooling.app.model import Code, FunctionModel, MountModel
from portable.tooling.app.site_model import SiteFile, SiteModel
from portable_azure.deploy.capabilities import problems


def web(fallback: str | None = "index.html", *, cdn: bool = True) -> FunctionModel:
    files = (SiteFile("index.html", 1, "text/html", "no-cache", "d1"),)
    site = SiteModel("web", files, fallback, cdn=cdn)
    return replace(http("web", "/{path:path}", "*"), mount=MountModel("static", "", Code(""), site=site))


def test_who_applies_brings_the_files_and_may_write_no_other_account() -> None:
    found = configuration(web(), http("order", "/api/orders"))
    whole(found)
    [(place, actions)] = found.allowed("data.azurerm_client_config.here.object_id").items()
    assert place == "storage_account.site_"
    assert {action.rpartition("/")[2] for action in actions} == {"read", "write", "delete"}
    assert found.one("storage_account_static_website", "site_")["depends_on"] == ["azurerm_role_assignment.site_"]
    kept, changing = found.one("storage_blob", "site_kept"), found.one("storage_blob", "site_changing")
    assert kept["depends_on"] == ["azurerm_storage_account_static_website.site_"]
    assert "azurerm_storage_blob.site_kept" in changing["depends_on"]
    assert kept["storage_container_id"].endswith("/containers/$web")
    assert "lifecycle" not in kept  # the new file has the name of the old one, and would be refused beside it


def test_the_site_has_an_account_only_where_it_is_asked_for() -> None:
    assert "site_" not in configuration(web(cdn=False)).resources("storage_account")


def test_the_second_address_and_the_status_of_the_fallback_are_told() -> None:
    told = [each for each in problems(app(web())) if each.rule == "site"]
    assert [(each.error, each.note) for each in told] == [(False, False), (False, True)]
    assert "another origin than that of the functions" in told[0].message
    assert "index.html with status 404" in told[1].message
    assert len([each for each in problems(app(web(None))) if each.rule == "site"]) == 1
    assert not [each for each in problems(app(web(cdn=False))) if each.rule == "site"]
