"""The keys of a store in a file of the AWS SDKs: takes its path, returns the keys as they are now, for obstore.

One file holds the key and its secret, so both change at once, and boto3 in the app's own code reads the same file. Source of
its form: AWS SDKs and Tools Reference Guide, "Shared config and credentials files".
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from portable.errors import ConfigurationError
from portable_container.runtime.mounted import Mounted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from obstore.store import S3Credential

SECONDS = 60
"""How long obstore is told that keys hold. Below 300 seconds it asks again, ten times a second at most (measured, 0.12.1)."""


class FileKeys:
    """A credential provider of obstore."""

    def __init__(self, path: str, profile: str) -> None:
        """Raises ConfigurationError if the file or the profile cannot be read."""
        self._file = Mounted(path, "the file of AWS_SHARED_CREDENTIALS_FILE")
        self._path = path
        self._profile = profile
        self._parsed: tuple[bytes, S3Credential] | None = None
        self()

    def __call__(self) -> S3Credential:
        """Return the keys of the profile."""
        found = self._file.read()
        held = self._parsed
        if held is None or held[0] is not found:
            self._parsed = held = (found, self._parse(found))
        return {**held[1], "expires_at": datetime.now(UTC) + timedelta(seconds=SECONDS)}

    def _parse(self, found: bytes) -> S3Credential:
        from configparser import ConfigParser, Error

        parser = ConfigParser(interpolation=None, default_section="")
        try:
            parser.read_string(found.decode())
            section = parser[self._profile]
            key, secret = section["aws_access_key_id"].strip(), section["aws_secret_access_key"].strip()
        except (Error, KeyError, UnicodeDecodeError):  # their texts hold lines of the file
            raise ConfigurationError(
                f"{self._path} has no profile [{self._profile}] with aws_access_key_id and aws_secret_access_key: "
                "write both there, or name another profile in AWS_PROFILE"
            ) from None
        token = section.get("aws_session_token", "").strip() or None
        return {"access_key_id": key, "secret_access_key": secret, "token": token, "expires_at": None}
