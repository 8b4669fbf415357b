"""What the tests of `auth=` share: drivers that hold secrets, settings and key sets, and a context whose time is set."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from portable import Context, HTTPError, Request

NOW = 1_790_000_000.0


class At(Context):
    """A call at a moment."""

    __slots__ = ("at",)

    def __init__(self, at: float = NOW) -> None:
        super().__init__("r1", "f", at + 30)
        self.at = at

    def _now(self) -> float:
        return self.at


@dataclass
class Known:
    """Drivers: `secrets` and `settings` by name, and the keys of issuers, which `read` counts."""

    secrets: dict[str, str] = field(default_factory=dict)
    settings: dict[str, str] = field(default_factory=dict)
    keys: Callable[[str], list[dict[str, Any]]] = lambda issuer: []
    read: list[str] = field(default_factory=list)
    asked: int = 0

    def secret(self, secret: Any) -> str:
        self.asked += 1
        return self.secrets[secret.name]

    def setting(self, setting: Any) -> str:
        return self.settings[setting.name]

    def key_set(self, issuer: str) -> list[dict[str, Any]]:
        self.read.append(issuer)
        return self.keys(issuer)


def asking(headers: dict[str, str] | list[tuple[str, str]], body: bytes = b"", method: str = "POST") -> Request:
    return Request(method, "/x", "", headers, body)


def refused(check: Any, request: Request, at: float = NOW) -> HTTPError:
    """Return the 401 with which a check answers. Fails if it lets the caller in or says anything else."""
    with pytest.raises(HTTPError) as caught:
        check(request, At(at))
    error = caught.value
    assert (error.status, error.detail) == (401, "authentication is required"), error
    return error
