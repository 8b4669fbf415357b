import pytest
from unit.testing import kit_app


@pytest.fixture
def portable_app():
    return kit_app
