"""Takes a certificate; says where it is and, when it is new, how browsers come to trust it."""

from __future__ import annotations

from portable.tooling.dev.certificate import Certificate

COMMANDS = {
    "darwin": "security add-trusted-cert -p ssl -k ~/Library/Keychains/login.keychain-db '{file}'",
    "linux": "mkdir -p ~/.pki/nssdb; certutil -d sql:$HOME/.pki/nssdb -A -t P,, -n 'portable dev' -i '{file}'",
    "win32": 'certutil -user -addstore Root "{file}"',
}
"""What makes the browsers of an operating system trust a certificate for servers. Linux: Chrome, with libnss3-tools."""


def said(certificate: Certificate, origin: str, platform: str) -> list[str]:
    """Return lines for the terminal. `platform` is that of `sys`."""
    file = certificate.file
    lines = [f"certificate {file}, made on this machine, valid until {certificate.until:%Y-%m-%d}"]
    if certificate.made:
        command = COMMANDS.get(platform, COMMANDS["linux"]).format(file=file)
        lines += [
            "  Your browser does not know it yet. Go on past its warning, or let it trust the certificate:",
            f"    {command}",
            "  Other programs are given the file:",
            f"    curl --cacert '{file}' {origin}",
        ]
    return lines
