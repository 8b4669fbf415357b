import json
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from portable.errors import ConfigurationError
from portable.storage.bucket import Bucket
from portable_aws.runtime import storage as aws
from portable_azure.runtime import accounts as azure_accounts
from portable_azure.runtime import clients as azure_clients
from portable_azure.runtime import storage as azure
from portable_gcp.runtime import clients as gcp_clients
from portable_local.runtime import storage as local

PHOTOS = Bucket("photos")
NAMES = ("AWS_", "AZURE_", "AzureWebJobsStorage", "GOOGLE_", "STORAGE_EMULATOR_HOST", "IDENTITY_")


@pytest.fixture(autouse=True)
def no_credentials(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    import os

    for name in list(os.environ):
        if name.startswith(NAMES):
            monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")


@pytest.fixture
def lambda_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {
        "AWS_ACCESS_KEY_ID": "ASIA",
        "AWS_SECRET_ACCESS_KEY": "secret",
        "AWS_SESSION_TOKEN": "session",
        "AWS_REGION": "eu-west-3",
    }.items():
        monkeypatch.setenv(name, value)


@pytest.mark.usefixtures("lambda_environment")
def test_s3_signs_as_the_lambda_environment_says() -> None:
    url = aws.bucket_driver(PHOTOS, "app-photos").signed_url("a b.jpg", "GET", 60)
    parts, query = urlsplit(url), parse_qs(urlsplit(url).query)
    assert parts.netloc in ("s3.eu-west-3.amazonaws.com", "app-photos.s3.eu-west-3.amazonaws.com")
    assert parts.path.endswith("/a%20b.jpg")
    assert query["X-Amz-Security-Token"] == ["session"]
    assert query["X-Amz-Credential"][0].startswith("ASIA/")
    assert "/eu-west-3/s3/" in query["X-Amz-Credential"][0]


@pytest.mark.usefixtures("lambda_environment")
def test_s3_goes_where_the_usual_variables_point(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1/")
    assert aws.bucket_driver(PHOTOS, "b").signed_url("k", "GET", 60).startswith("http://127.0.0.1:1/b/k?")
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", "http://127.0.0.1:2")
    assert aws.bucket_driver(PHOTOS, "b").signed_url("k", "PUT", 60).startswith("http://127.0.0.1:2/b/k?")


def test_s3_takes_boto3s_credentials_where_the_environment_has_none(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "credentials").write_text("[work]\naws_access_key_id = FROMFILE\naws_secret_access_key = s\n")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    monkeypatch.setenv("AWS_PROFILE", "work")
    monkeypatch.setenv("AWS_REGION", "eu-west-3")
    assert "FROMFILE" in aws.bucket_driver(PHOTOS, "b").signed_url("k", "GET", 60)


def test_a_container_needs_an_account() -> None:
    with pytest.raises(ConfigurationError, match="AzureWebJobsStorage"):
        azure.bucket_driver(PHOTOS, "photos")
    with pytest.raises(ConfigurationError, match="not the URL of a container"):
        azure.bucket_driver(PHOTOS, "https://account.blob.core.windows.net")


@pytest.mark.parametrize("variable", ["AzureWebJobsStorage", "AZURE_STORAGE_CONNECTION_STRING"])
def test_a_connection_string_gives_account_key_and_place(monkeypatch: pytest.MonkeyPatch, variable: str) -> None:
    monkeypatch.setenv(variable, "DefaultEndpointsProtocol=https;AccountName=acct;AccountKey=a2V5;EndpointSuffix=x")
    url = azure.bucket_driver(PHOTOS, "photos").signed_url("grüße/a b.jpg", "GET", 60)
    assert url.startswith("https://acct.blob.core.windows.net/photos/gr%C3%BC%C3%9Fe/a%20b.jpg?")
    monkeypatch.setenv(variable, "UseDevelopmentStorage=true")
    url = azure.bucket_driver(PHOTOS, "photos").signed_url("a", "GET", 60)
    assert url.startswith("http://127.0.0.1:10000/devstoreaccount1/photos/a?")


def test_a_connection_string_keeps_the_padding_of_its_key() -> None:
    found = azure_accounts.connection_settings("AccountName=a;AccountKey=abc==;BlobEndpoint=http://h/a;")
    assert found == {"AccountName": "a", "AccountKey": "abc==", "BlobEndpoint": "http://h/a"}


def test_a_container_url_is_used_with_the_apps_identity(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IDENTITY_ENDPOINT", "http://127.0.0.1:1/token")
    monkeypatch.setenv("IDENTITY_HEADER", "x")
    monkeypatch.setenv("AZURE_CLIENT_SECRET", "a stray one")
    store = azure_clients.bucket_store("https://acct.blob.core.windows.net/photos")
    config: Any = store.config
    assert (config["account_name"], config["credential_type"]) == ("acct", "managed_identity")
    assert azure_accounts.split_url("https://acct.blob.core.windows.net/photos/") == ("acct", "photos")


def test_cloud_storage_takes_another_server_without_credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STORAGE_EMULATOR_HOST", "127.0.0.1:9")
    found = json.loads(str(dict(gcp_clients.bucket_store("photos").config)["service_account_key"]))  # type: ignore[call-overload]
    assert found["gcs_base_url"] == "http://127.0.0.1:9"


def test_making_a_driver_makes_nothing_else(tmp_path: Path) -> None:
    local.bucket_driver(PHOTOS, str(tmp_path / "photos"))
    local.bucket_driver(PHOTOS, str(tmp_path / "photos")).awaited()
    assert list(tmp_path.iterdir()) == []
