from app import hello


def test_a_name_is_greeted() -> None:
    assert hello("Ada") == {"message": "Hello, Ada!"}


def test_the_greeting_can_be_chosen() -> None:
    assert hello("Ada", greeting="Hi") == {"message": "Hi, Ada!"}
