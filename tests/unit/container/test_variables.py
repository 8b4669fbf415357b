"""Numbers in variables."""

from __future__ import annotations

import pytest

from portable.errors import ConfigurationError
from portable_container.runtime.variables import whole_number


@pytest.mark.parametrize("said", ["0", "-1", "10", "many", "1.5", " 2", "\u0663", "9" * 20])
def test_what_is_no_number_within_the_bounds_is_refused_with_the_name_of_the_variable(said: str) -> None:
    with pytest.raises(ConfigurationError, match=r"SECONDS is .*: set it to a whole number from 1 to 9$"):
        whole_number({"SECONDS": said}, "SECONDS", 5, 1, 9)


@pytest.mark.parametrize(("environment", "number"), [({}, 5), ({"SECONDS": ""}, 5), ({"SECONDS": "9"}, 9)])
def test_a_variable_that_is_not_set_has_its_default(environment: dict[str, str], number: int) -> None:
    assert whole_number(environment, "SECONDS", 5, 1, 9) == number
