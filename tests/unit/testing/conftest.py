import pytest
from unit.testing import kit_app


@pytest.fixture
def portable_app():
    return kit_app


@pytest.fixture
def shop():
    """A service outside, which an object of the app stands for."""
    from unit.testing import remembering_app

    shelf = remembering_app.shelf
    yield shelf
    shelf.prices.clear()
    shelf.told.clear()
    shelf.made.clear()
    shelf.last = None
    type(shelf).token = None
