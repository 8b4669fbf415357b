"""Takes the bytes of a file; returns the first thing in it that looks like a secret: its line and what it is.

A fixed text is searched first, which is cheap. Only where it is found, the whole form is compared. So code that mentions a
prefix is not a secret, and public keys and certificates are not either.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

HEAD = 1024
"""Bytes at the beginning that tell a binary file: it holds a zero there."""
UTF_16 = (b"\xff\xfe", b"\xfe\xff")

_KEY = rb"-----BEGIN (?:[A-Z0-9]{1,12} ){0,3}PRIVATE KEY(?: BLOCK)?-----"
_HEADER = rb"[A-Z][A-Za-z-]{1,30}: [^\r\n\\\"']{0,200}"
_PLAIN_BLOCK = (
    rb"[ \t]*\r?\n(?:[ \t]*" + _HEADER + rb"\r?\n){0,8}\s{0,16}[A-Za-z0-9][A-Za-z0-9+/=_.-]{2,}[ \t]*(?:\r?\n|\Z)"
)
_QUOTED_BLOCK = rb"(?:\\{1,4}[nrt]|" + _HEADER + rb"|[\s\"'+,()\\]){1,64}[A-Za-z0-9+/]{24}"
_BASE64_KINDS = (
    rb"BQUklWQVRFIEtFWS|BSU0EgUFJJVkFURSBLRVkt|BFQyBQUklWQVRFIEtFWS|BEU0EgUFJJVkFURSBLRVkt|BPUEVOU1NIIFBSSVZBVEUgS0VZ"
    rb"|BFTkNSWVBURUQgUFJJVkFURSBLRVkt"
)
"""The kinds of private keys as they stand in base64, as in a kubeconfig, behind the `-----BEGIN` of the block."""
_EMULATOR = b"Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="
"""The published key of every Azure storage emulator, which is not a secret."""


@dataclass(frozen=True, slots=True)
class SecretText:
    """What was found: the line it begins at, counted from 1, and words for what it looks like."""

    line: int
    what: str


def _form(what: str, marks: tuple[bytes, ...], expression: bytes) -> tuple[str, tuple[bytes, ...], re.Pattern[bytes]]:
    return what, marks, re.compile(expression)


_START = rb"(?<![A-Za-z0-9_+/-])"
_END = rb"(?![A-Za-z0-9_])"
FORMS: tuple[tuple[str, tuple[bytes, ...], re.Pattern[bytes]], ...] = (
    _form("a private key", (b"PRIVATE KEY",), _KEY + rb"(?:" + _PLAIN_BLOCK + rb"|" + _QUOTED_BLOCK + rb")"),
    _form("a private key in base64", (b"LS0tLS1CRUdJTi",), rb"LS0tLS1CRUdJTi(?:%s)" % _BASE64_KINDS),
    _form("a PuTTY private key", (b"PuTTY-User-Key-File-",), rb"PuTTY-User-Key-File-\d: \S"),
    _form("an age private key", (b"AGE-SECRET-KEY-1",), rb"AGE-SECRET-KEY-1[0-9A-Z]{58}"),
    _form("an AWS access key", (b"AKIA", b"ASIA"), _START + rb"A[KS]IA[A-Z0-9]{16}" + _END),
    _form(
        "an AWS secret access key",
        (b"ecret_access_key", b"ECRET_ACCESS_KEY", b"ecretAccessKey"),
        rb"(?i:secret_?access_?key)[\"']?\]?\s{0,4}[=:,]\s{0,4}[\"']?[A-Za-z0-9/+]{40}(?![A-Za-z0-9/+=])",
    ),
    _form("a Google API key", (b"AIza",), _START + rb"AIza[A-Za-z0-9_-]{35}(?![A-Za-z0-9_-])"),
    _form("a Google client secret", (b"GOCSPX-",), rb"GOCSPX-[A-Za-z0-9_-]{28}"),
    _form(
        "the key of a Google service account",
        (b"service_account",),
        rb"\"type\"\s{0,8}:\s{0,8}\"service_account\"(?=[\s\S]{0,4096}\"private_key\"\s{0,8}:)"
        rb"|\"private_key\"\s{0,8}:(?=[\s\S]{0,8192}\"type\"\s{0,8}:\s{0,8}\"service_account\")",
    ),
    _form(
        "the login of a Google user",
        (b"authorized_user",),
        rb"\"type\"\s{0,8}:\s{0,8}\"authorized_user\"(?=[\s\S]{0,4096}\"refresh_token\"\s{0,8}:)"
        rb"|\"refresh_token\"\s{0,8}:(?=[\s\S]{0,4096}\"type\"\s{0,8}:\s{0,8}\"authorized_user\")",
    ),
    _form("the key of an Azure account", (b"AccountKey=",), rb"AccountKey=(?!%s)[A-Za-z0-9+/]{80,90}=" % _EMULATOR),
    _form("an Azure access key", (b"SharedAccessKey=",), rb"SharedAccessKey=[A-Za-z0-9+/]{40,90}="),
    _form(
        "a shared access signature of Azure",
        (b"sig=",),
        rb"[?&;](?:amp;)?sig=(?:[A-Za-z0-9]|%2[BbFf]){36,60}%3[Dd]",
    ),
    _form("a client secret of Azure", (b"Q~",), rb"(?<![A-Za-z0-9_.~-])[A-Za-z0-9_.~-]{3}\dQ~[A-Za-z0-9_.~-]{31,34}"),
    _form("a DigitalOcean token", (b"_v1_",), _START + rb"do[opr]_v1_[a-f0-9]{64}"),
    _form("a Vault token", (b"hvs.", b"hvb."), _START + rb"hv[sb]\.[A-Za-z0-9_-]{90}"),
    _form("a Hugging Face token", (b"hf_",), _START + rb"hf_[A-Za-z]{34}" + _END),
    _form(
        "a GitHub token",
        (b"ghp_", b"gho_", b"ghu_", b"ghs_", b"ghr_", b"github_pat_"),
        _START + rb"(?:gh[opsur]_[A-Za-z0-9]{36}|github_pat_[A-Za-z0-9_]{60})",
    ),
    _form("a GitLab token", (b"glpat-",), _START + rb"glpat-[A-Za-z0-9_-]{20}"),
    _form("a Slack token", (b"xox", b"xapp-"), _START + rb"(?:xox[abeoprs]|xapp)-[A-Za-z0-9]{1,20}-[A-Za-z0-9-]{12}"),
    _form("a Slack webhook", (b"hooks.slack.com/",), rb"hooks\.slack\.com/services/T\w{6,}/B\w{6,}/\w{16}"),
    _form("a Stripe key", (b"k_live_",), rb"(?<![A-Za-z0-9])[rs]k_live_[A-Za-z0-9]{16}"),
    _form("a key of an AI service", (b"sk-ant-", b"sk-proj-"), _START + rb"sk-(?:ant|proj)-[A-Za-z0-9_-]{32}"),
    _form("a key of an AI service", (b"T3BlbkFJ",), _START + rb"sk-[A-Za-z0-9_-]{20,80}T3BlbkFJ[A-Za-z0-9_-]{20}"),
    _form("a token of a package index", (b"npm_", b"pypi-AgE"), _START + rb"(?:npm_[A-Za-z0-9]{36}|pypi-AgE[\w-]{50})"),
    _form("a SendGrid key", (b"SG.",), _START + rb"SG\.[A-Za-z0-9_-]{22}\.[A-Za-z0-9_-]{43}"),
)
"""What it is, texts of which one must stand there, and the whole form. Lengths are those that the services give out."""


def secret_text(data: bytes) -> SecretText | None:
    """Return the first secret of the first form found; None for one without any.

    In a binary file only the block of a private key is looked for: short forms stand there by chance. Machine code is not
    read.
    """
    forms = FORMS
    if data[:2] in UTF_16:
        data = data.replace(b"\0", b"")
    elif b"\0" in data[:HEAD]:
        forms = () if data[:4] == b"\x7fELF" else FORMS[:1]
    for what, marks, form in forms:
        if any(mark in data for mark in marks):
            found = form.search(data)
            if found is not None:
                return SecretText(data.count(b"\n", 0, found.start()) + 1, what)
    return None
