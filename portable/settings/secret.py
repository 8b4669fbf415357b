"""The declaration `Secret`: `Annotated[str, Secret("api-token")]` gets the value, which is never logged."""

from __future__ import annotations

from portable.base.values import Value, check_name

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import ClassVar


class Secret(Value):
    """A secret in the provider's vault. The declaration holds its `name`, never its value.

    `name` has 2 to 40 characters: a lower case letter, then lower case letters, digits or `-`. Raises DeclarationError.
    The value is read at the first call that needs it, and again after 300 seconds. Such a call may raise NotFound,
    PermissionDenied, Throttled, Unavailable, or ConfigurationError if its variable is not set.
    """

    kind: ClassVar[str] = "secret"
    pillar: ClassVar[str] = "settings"
    name: str

    def __check__(self) -> None:
        check_name("secret", self.name)
