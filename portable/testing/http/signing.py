"""Signs requests as the senders of webhooks do: takes a scheme, a key and a body; returns the headers of the signature."""

from __future__ import annotations

from hmac import digest
from secrets import token_hex

from portable.eventing.auth_signature import HEADERS, SCHEMES, signing_keys


def signed_headers(scheme: str, secret: str, body: bytes, seconds: int) -> dict[str, str]:
    """Return the headers for a body that is signed now, with the first key of a secret's lines."""
    key = signing_keys(secret.splitlines()[:1], scheme, "of the test")[0]
    _, written = SCHEMES[scheme]
    header = HEADERS[scheme].lower()

    def mark(content: bytes) -> str:
        return written(digest(key, content, "sha256"))

    if scheme == "github":
        return {header: mark(body), "x-github-delivery": token_hex(16)}
    if scheme == "stripe":
        return {header: f"t={seconds},v1={mark(f'{seconds}.'.encode() + body)}"}
    if scheme == "slack":
        sent = mark(f"v0:{seconds}:".encode() + body)
        return {"x-slack-request-timestamp": str(seconds), header: sent}
    name = f"msg_{token_hex(12)}"
    sent = mark(f"{name}.{seconds}.".encode() + body)
    return {"webhook-id": name, "webhook-timestamp": str(seconds), header: sent}
