"""Patterns of names that do not ship: never, because they look like secrets, or by default.

They are patterns of `globs`, matched without regard to case where they guard something.
"""

from __future__ import annotations

NEVER = (".git", ".hg", ".svn", ".portable", ".portable.env", "__pycache__", "*.pyc", "*.pyo")
"""Left out whatever `include` says, without a note."""
ENVIRONMENT = (".env", ".env.*", ".envrc")
"""Left out whatever `include` says, with a note, because the app may expect them."""
SECRETS = (
    *("*.env", ".env*", "local.settings.json"),
    *("*.tfstate", "*.tfstate.*", "terraform.tfstate*", ".terraform", "*.tfvars", "*.tfvars.json"),
    *(f"*credentials*.{kind}" for kind in ("json", "csv", "y*ml", "toml", "ini", "txt", "properties", "xml")),
    *("*accesskeys*.csv", "rootkey*.csv", "aws_credentials"),
    *("service-account*.json", "service_account*.json", "serviceaccount*.json", "client_secret*.json"),
    *(f"*secrets.{kind}" for kind in ("json", "toml", "y*ml", "ini", "txt", "properties")),
    *(f"secret.{kind}" for kind in ("json", "toml", "y*ml", "ini", "txt")),
    *("*firebase-adminsdk*.json", "password.txt", "passwords.txt", "vault-token"),
    *(".aws", ".azure", ".gcloud", ".ssh", ".gnupg", ".kube", ".docker", "kubeconfig", "kubeconfig.*", "*.kubeconfig"),
    *(".netrc", "_netrc", ".pypirc", ".npmrc", ".pgpass", ".my.cnf", ".htpasswd", ".git-credentials", ".vault-token"),
    *("*.pem*", "*.key*", "*.der", "*.asc", "*.gpg", "*.pgp", "*.p8", "*.p12", "*.pkcs12", "*.pfx", "*.ppk", "*.ovpn"),
    *(
        "*.age",
        "*.jwk",
        "ssh_host_*_key",
        "wallet.dat",
        "rclone.conf",
        "*.jks",
        "*.keystore",
        "*.kdb",
        "*.kdbx",
    ),
    *("id_rsa*", "id_dsa*", "id_ecdsa*", "id_ed25519*"),
)
"""Left out at any depth unless a pattern of `include` names the file itself."""
DATA = (
    *("*.db", "*.db3", "*.db-wal", "*.db-shm", "*.db-journal", "*.sqlite*", "*.mdb", "*.duckdb", "*.rdb", "*.dump"),
    *("*.log", "*.log.*"),
)
"""Databases and logs: left out at any depth unless `include` brings them back."""
LEFT_OUT = (".*", "tests", "test", "test_*.py", "*_test.py", "conftest.py", "node_modules", "*.egg-info")
"""Left out at any depth unless `include` brings it back. A module that the app imports ships all the same."""
LEFT_OUT_AT_TOP = (
    *("dist", "build", "pyproject.toml", "setup.py", "setup.cfg", "requirements*.txt"),
    *(
        "uv.toml",
        "uv.lock",
        "pylock*.toml",
        "poetry.lock",
        "poetry.toml",
        "pip.conf",
        "pdm.lock",
        "Pipfile",
        "Pipfile.lock",
        "noxfile.py",
        "tox.ini",
        "pytest.ini",
    ),
    *("Makefile", "Dockerfile", "README*", "CHANGELOG*", "LICENSE*"),
)
"""Left out in the app's own folder unless `include` brings it back: what describes the project, not the program."""
