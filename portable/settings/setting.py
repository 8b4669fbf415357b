"""The declaration `Setting`, and the function that reads its value from the environment."""

from __future__ import annotations

import os

from portable.base.values import Value, check_name, wrong
from portable.errors import ConfigurationError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import ClassVar


class Setting(Value):
    """A setting of the app that is not secret. It is text from the environment, or `default` if it is not set.

    `name` has 2 to 40 characters: a lower case letter, then lower case letters, digits or `-`. Raises DeclarationError.
    A call raises ConfigurationError if it is not set and has no default.
    """

    kind: ClassVar[str] = "setting"
    pillar: ClassVar[str] = "settings"
    name: str
    default: str | None = None

    def __check__(self) -> None:
        check_name("setting", self.name)
        if self.default is not None and not isinstance(self.default, str):
            raise wrong(f'Setting("{self.name}", default={self.default!r}): the default must be text')


def read_setting(setting: Setting, environment: Mapping[str, str] | None = None) -> str:
    """Return the value of PORTABLE_SETTING_<NAME>, or the default. Raises ConfigurationError if there is neither."""
    from portable.base.drivers import variable_name

    key = variable_name("SETTING", setting.name)
    value = (os.environ if environment is None else environment).get(key, setting.default)
    if value is None:
        raise ConfigurationError(
            f'{key} is not set, and Setting("{setting.name}") has no default. Set the variable or declare a default'
        )
    return value
