"""What a fixture of a test names is the test's own, and no memory of a process."""

from __future__ import annotations

import pytest
from unit.testing import remembering_app as app

from portable.testing import at_least_once


@pytest.fixture
def portable_app():
    return app


@at_least_once(kinds=["crash", "restart"])
def test_what_stands_for_a_service_outside_is_left_alone(cloud, shop) -> None:
    shop.price("tea")
    cloud.queue(app.orders).send("first")
    cloud.settle()
    assert shop.count() == 1
