"""Signed URLs of Cloud Storage (V4, GOOG4-RSA-SHA256): a request and a public key in, why it is refused out.

Source: cloud.google.com/storage/docs/authentication/canonical-requests. The host that is signed is Google's, whatever
server is asked: obstore signs `storage.googleapis.com`.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl, quote

HOST = "storage.googleapis.com"


@dataclass(frozen=True, slots=True)
class SignedRequest:
    """What was asked for."""

    method: str
    path: str
    query: str
    headers: dict[str, str]


def refusal(request: SignedRequest, public_key: bytes | None) -> str | None:
    """Return the code of the error, None for a request that is signed well and not late."""
    if public_key is None:
        return "SignatureDoesNotMatch"
    query = dict(parse_qsl(request.query, keep_blank_values=True))
    signature = bytes.fromhex(query.pop("X-Goog-Signature"))
    made = datetime.strptime(query["X-Goog-Date"], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    if datetime.now(UTC) > made + timedelta(seconds=int(query["X-Goog-Expires"])):
        return "ExpiredToken"
    canonical_query = "&".join(f"{quote(name, '')}={quote(value, '')}" for name, value in sorted(query.items()))
    headers = {"host": HOST}
    names = query["X-Goog-SignedHeaders"].split(";")
    lower = {name.lower(): value for name, value in request.headers.items()}
    canonical_headers = "".join(f"{name}:{headers.get(name, lower.get(name, ''))}\n" for name in names)
    canonical = "\n".join(
        [request.method, request.path, canonical_query, canonical_headers, ";".join(names), "UNSIGNED-PAYLOAD"]
    )
    digest = hashlib.sha256(canonical.encode()).hexdigest()
    scope = query["X-Goog-Credential"].partition("/")[2]
    text = "\n".join(["GOOG4-RSA-SHA256", query["X-Goog-Date"], scope, digest])
    return None if _verified(public_key, signature, text.encode()) else "SignatureDoesNotMatch"


def _verified(public_key: bytes, signature: bytes, text: bytes) -> bool:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import padding, rsa

    key = serialization.load_pem_public_key(public_key)
    assert isinstance(key, rsa.RSAPublicKey)
    try:
        key.verify(signature, text, padding.PKCS1v15(), hashes.SHA256())
    except InvalidSignature:
        return False
    return True
