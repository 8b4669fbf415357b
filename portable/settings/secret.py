"""The declaration `Secret`: `Annotated[str, Secret("api-token")]` gets the value, which is never logged."""

from __future__ import annotations

from portable.base.names import check_name
from portable.base.values import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import ClassVar


class Secret(Value):
    """A secret kept by the provider's vault. The declaration knows its name, never its value."""

    kind: ClassVar[str] = "secret"
    pillar: ClassVar[str] = "settings"
    name: str

    def __check__(self) -> None:
        check_name("secret", self.name)
