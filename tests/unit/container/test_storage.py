"""Which store a container's bucket is in, with which keys, and where its signed URLs lead."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from servers.answering import Reply, answering
from servers.certificate import make_signed_certificate
from servers.waiting import until

from portable import Bucket
from portable.errors import ConfigurationError
from portable_container.runtime.storage import bucket_driver

pytest.importorskip("obstore")
PHOTOS = Bucket("photos")
KEYS = "[default]\naws_access_key_id = {0}\naws_secret_access_key = of-{0}\n[other]\naws_access_key_id=o\naws_secret_access_key=s%s\n"


@pytest.fixture(autouse=True)
def _alone(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("ENDPOINT_URL", "REGION", "DEFAULT_REGION", "ACCESS_KEY_ID", "SECRET_ACCESS_KEY", "PROFILE"):
        monkeypatch.delenv(f"AWS_{name}", raising=False)
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", "https://store.internal:9000")


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """The Authorization of each request that a store got."""
    found: list[str] = []

    def answer(_method: str, _path: str, headers: Mapping[str, str], _body: bytes) -> Reply:
        found.append(headers["authorization"])
        return 200, [("ETag", '"1"'), ("Last-Modified", "Thu, 01 Jan 2026 00:00:00 GMT")], b""

    with answering(answer) as address:
        monkeypatch.setenv("AWS_ENDPOINT_URL_S3", f"http://{address}")
        yield found


def test_a_signed_url_leads_to_the_public_endpoint_and_is_signed_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    botocore = pytest.importorskip("botocore.auth")
    from botocore.awsrequest import AWSRequest
    from botocore.credentials import Credentials

    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "key")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    monkeypatch.setenv("AWS_REGION", "eu-central-1")
    assert (
        bucket_driver(PHOTOS, "photos-1")
        .signed_url("a", "GET", 60)
        .startswith("https://store.internal:9000/photos-1/a?")
    )
    monkeypatch.setenv("PORTABLE_S3_PUBLIC_ENDPOINT", "https://files.example.com/")
    url = bucket_driver(PHOTOS, "photos-1").signed_url("a b/ü+%.txt", "GET", 60)
    found, query = urlsplit(url), parse_qs(urlsplit(url).query)
    assert (found.netloc, found.path) == ("files.example.com", "/photos-1/a%20b/%C3%BC%2B%25.txt")
    signer = botocore.S3SigV4QueryAuth(Credentials("key", "secret"), "s3", "eu-central-1", expires=60)
    wanted = AWSRequest("GET", url.partition("&X-Amz-Signature=")[0], headers={"host": "files.example.com"})
    wanted.context["timestamp"] = query["X-Amz-Date"][0]
    canonical = signer.canonical_request(wanted)
    signature = signer.signature(signer.string_to_sign(wanted, canonical), wanted)
    assert query["X-Amz-Signature"] == [signature]


def test_keys_of_a_mounted_file_count_as_soon_as_it_is_replaced(
    asked: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "credentials"
    file.write_text(KEYS.format("old"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(file))
    driver = bucket_driver(PHOTOS, "photos-1")
    driver.head("a")
    (tmp_path / "new").write_text(KEYS.format("new"))
    (tmp_path / "new").replace(file)

    def replaced() -> bool:
        driver.head("a")
        return "Credential=new/" in asked[-1]

    assert "Credential=old/" in asked[0]
    assert until(replaced, bool, 5)


def test_the_environment_wins_and_a_profile_is_named_by_aws_profile(
    asked: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "credentials").write_text(KEYS.format("default"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    monkeypatch.setenv("AWS_PROFILE", "other")
    bucket_driver(PHOTOS, "photos-1").head("a")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "mine")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    bucket_driver(PHOTOS, "photos-1").head("a")
    assert ["Credential=o/" in asked[0], "Credential=mine/" in asked[1]] == [True, True]


def test_the_store_has_keys_and_a_region_of_its_own_where_those_of_aws_lead_elsewhere(
    asked: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {
        "ACCESS_KEY_ID": "theirs",
        "SECRET_ACCESS_KEY": "x",
        "SESSION_TOKEN": "t",
        "REGION": "eu-west-1",
    }.items():
        monkeypatch.setenv(f"AWS_{name}", value)
    for name, value in {"ACCESS_KEY_ID": "ours", "SECRET_ACCESS_KEY": "y", "REGION": "local"}.items():
        monkeypatch.setenv(f"PORTABLE_S3_{name}", value)
    bucket_driver(PHOTOS, "photos-1").head("a")
    assert "Credential=ours/" in asked[0]
    assert "/local/s3/" in asked[0]
    assert "x-amz-security-token" not in asked[0]


@pytest.mark.parametrize("written", ["", "[default]\naws_access_key_id = hunter2\n", "hunter2\n", "[default\nhunter2"])
def test_a_file_without_keys_is_an_error_that_shows_nothing_of_it(
    written: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "credentials").write_text(written)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    with pytest.raises(ConfigurationError, match=str(tmp_path / "credentials")) as caught:
        bucket_driver(PHOTOS, "photos-1")
    assert ("hunter2" in str(caught.value), caught.value.__cause__) == (False, None)


def test_an_endpoint_without_a_scheme_and_missing_certificates_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_CA_BUNDLE", "/nowhere/ca.pem")
    with pytest.raises(ConfigurationError, match=r"AWS_CA_BUNDLE: the file /nowhere/ca\.pem cannot be read"):
        bucket_driver(PHOTOS, "photos-1")
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", "store.internal:9000")
    with pytest.raises(ConfigurationError, match="must begin with http"):
        bucket_driver(PHOTOS, "photos-1")


def test_a_store_whose_certificate_is_of_an_authority_of_your_own_is_trusted_by_aws_ca_bundle(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_signed_certificate(tmp_path / "store.pem", tmp_path / "authority.pem")
    monkeypatch.setenv("AWS_CA_BUNDLE", str(tmp_path / "authority.pem"))
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "key")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")

    def answer(_method: str, _path: str, _headers: Mapping[str, str], _body: bytes) -> Reply:
        return 200, [("ETag", '"1"'), ("Last-Modified", "Thu, 01 Jan 2026 00:00:00 GMT")], b"found"

    with answering(answer, certificate=tmp_path / "store.pem") as address:
        monkeypatch.setenv("AWS_ENDPOINT_URL_S3", f"https://{address}")
        assert bucket_driver(PHOTOS, "photos-1").get("a", None) == b"found"
