"""Which files of an app are secrets, databases or logs, and stay at home."""

from __future__ import annotations

from pathlib import Path

import pytest
from unit.tooling.app.app_folder import made, shipped

from portable.errors import PortableError

SECRET_NAMES = (
    *("prod.env", "config/Production.ENV", ".env.local.bak/x", "local.settings.json", "terraform.tfstate"),
    *("terraform.tfstate.backup", "infra/prod.tfstate", "prod.tfvars", "prod.auto.tfvars.json", ".terraform/x"),
    *("gcp-credentials.json", "Credentials-prod.JSON", "service-account.json", "service-account-prod.json"),
    *("client_secret_1.json", "secrets.yaml", ".aws/credentials", "home/.AWS/config", ".ssh/known_hosts", "kubeconfig"),
    *(".kube/config", ".netrc", "_netrc", ".pypirc", ".npmrc", ".pgpass", "vault.kdbx", "android.keystore", "a.JKS"),
    *("SERVER.PEM", "server.pem.bak", "private.key", "private.KEY.old", "a.p12", "a.pfx", "a.ppk", "a.asc", "a.der"),
    *("id_rsa", "id_ed25519.pub", "ID_RSA", "AuthKey.p8", "office.ovpn", "ssh_host_rsa_key", "a.pkcs12"),
    *(
        "aws_credentials",
        "credentials.txt",
        "db-Credentials.toml",
        "rootkey.csv",
        "appsettings.Secrets.json",
        "secret.yaml",
    ),
    *(
        "shop-firebase-adminsdk-x1.json",
        "passwords.txt",
        "vault-token",
        "rclone.conf",
        "wallet.dat",
        "key.jwk",
        "x.age",
    ),
)


@pytest.mark.parametrize("path", SECRET_NAMES)
def test_what_is_named_like_a_secret_ships_only_when_include_names_it(tmp_path: Path, path: str) -> None:
    made(tmp_path, "app.py", path)
    found = shipped(tmp_path, include=("**", "*", f"{path.partition('/')[0]}/**"))
    first = path.partition("/")[0]
    if first.startswith(".env"):
        assert set(found.files) == {"app.py"}
        return
    assert set(found.files) == {"app.py"}
    assert len(found.notes) == 1
    assert found.notes[0].startswith("not packaged, because their names look like secrets: ")
    assert path in found.notes[0]
    assert set(shipped(tmp_path, include=(path,)).files) == {"app.py", path}


@pytest.mark.parametrize(
    "path", ["data.db", "sub/cache.SQLITE3", "x.sqlite-wal", "a.duckdb", "dump.rdb", "app.log", "app.log.1", "all.dump"]
)
def test_databases_and_logs_are_left_out_and_told(tmp_path: Path, path: str) -> None:
    made(tmp_path, "app.py", path)
    found = shipped(tmp_path)
    assert set(found.files) == {"app.py"}
    assert found.notes == (
        f"not packaged, because they are databases or logs: {path} (to ship one, name it in [tool.portable] include)",
    )
    assert set(shipped(tmp_path, include=("**",)).files) == {"app.py", path}


def test_a_note_lists_some_names_and_counts_the_rest(tmp_path: Path) -> None:
    made(tmp_path, "app.py", *(f"{number:02}.pem" for number in range(12)))
    assert "06.pem, 07.pem and 4 more" in shipped(tmp_path).notes[0]


def test_ordinary_names_are_no_secrets(tmp_path: Path) -> None:
    ordinary = {
        *(
            "app.py",
            "credentials.py",
            "keys.py",
            "monkey.py",
            "keyboard/layout.json",
            "environment.py",
            "env/base.toml",
        ),
        *(
            "logs.py",
            "logging/config.json",
            "database.py",
            "crypto_rsa/a.csv",
            "certificates.md",
            "tokens.json",
            "secret_santa.py",
            "log",
        ),
    }
    made(tmp_path, *ordinary)
    found = shipped(tmp_path)
    assert (set(found.files), found.notes) == (ordinary, ())


def test_a_secret_in_a_text_is_refused_with_its_place_until_include_names_the_file(tmp_path: Path) -> None:
    made(tmp_path, "app.py", "sub/config.toml")
    (tmp_path / "sub/config.toml").write_text(f"[aws]\nid = 'AKIA{'Q' * 16}'\n")
    (tmp_path / "deploy").write_text(f"\n\n-----BEGIN EC PRIVATE KEY-----\n{'M' * 64}\n-----END EC PRIVATE KEY-----\n")
    with pytest.raises(PortableError) as raised:
        shipped(tmp_path, include=("sub/**", "sub"))
    assert str(raised.value).splitlines()[:2] == [
        f"{tmp_path}/deploy:3: this looks like a private key",
        f"{tmp_path}/sub/config.toml:2: this looks like an AWS access key",
    ]
    assert set(shipped(tmp_path, include=("sub/*.toml", "deploy")).files) == {"app.py", "sub/config.toml", "deploy"}
    assert set(shipped(tmp_path, exclude=("sub", "deploy")).files) == {"app.py"}
