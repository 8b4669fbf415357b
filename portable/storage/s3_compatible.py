"""Opens a bucket on any S3-compatible store (MinIO, Ceph, …): takes its name and endpoint, returns obstore's client of it."""

from __future__ import annotations

import os

from portable.storage.obstore_objects import Traits, client_options, retry_options

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from obstore.store import S3Store

TRAITS = Traits(generations=False, starts_after=True)
"""What S3 can do."""
VARIED = Traits(generations=False, starts_after=True, varied=True)
"""What the stores that speak its protocol can do."""


def open_store(name: str, endpoint: str | None, more: dict[str, Any] | None = None) -> S3Store:
    """Return obstore's client of a bucket. A store at an endpoint is addressed path-style; without one it is Amazon S3.

    The region is AWS_REGION. AWS_CA_BUNDLE is a file with the certificates of an authority that is trusted beside the
    system's. `more` are further options of obstore, such as `access_key_id` and `secret_access_key`; without these it
    looks for keys in AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, then for a web identity.
    Raises ConfigurationError if the certificates cannot be read.
    """
    from obstore.store import S3Store

    options: dict[str, Any] = {"region": os.environ.get("AWS_REGION") or "us-east-1", **(more or {})}
    if endpoint:
        options |= {"endpoint": endpoint.rstrip("/"), "virtual_hosted_style_request": False}
        options["aws_endpoint_url_s3"] = options["endpoint"]  # or the variable of this name would win
        options["disable_bulk_delete"] = True  # a gateway of Ceph 16.2 that notifies dies of a bulk delete
    client = client_options(endpoint)
    if bundle := os.environ.get("AWS_CA_BUNDLE"):
        client["root_certificate"] = _certificates(bundle)
    return S3Store(name, client_options=client, retry_config=retry_options(), **options)


def _certificates(path: str) -> bytes:
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError as error:
        from portable.errors import ConfigurationError

        raise ConfigurationError(f"AWS_CA_BUNDLE: the file {path} cannot be read ({error.strerror})") from error
