import json
from collections.abc import Iterator

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from obstore.store import GCSStore
from servers.gcs_xml import gcs_server

from portable.conformance.storage import Buckets, BucketSuite
from portable.conformance.storage_cases import BUCKET
from portable_gcp.runtime.storage import bucket_driver


@pytest.fixture(scope="module")
def buckets(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Buckets]:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    public = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    account = {
        "type": "service_account",
        "client_email": "tests@project.iam.gserviceaccount.com",
        "private_key_id": "throw-away",
        "private_key": private.decode(),
    }
    file = tmp_path_factory.mktemp("gcp") / "account.json"
    file.write_text(json.dumps(account))
    with gcs_server("conformance") as server, pytest.MonkeyPatch.context() as patch:
        server.public_key = public
        server.page_size = 7  # makes every listing of more a matter of several requests
        patch.setenv("STORAGE_EMULATOR_HOST", server.url)
        patch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(file))
        yield Buckets(
            bucket_driver(BUCKET, "conformance"),
            missing=lambda: bucket_driver(BUCKET, "no-such-bucket"),
            native=GCSStore,
        )


class TestCloudStorage(BucketSuite):
    pass
