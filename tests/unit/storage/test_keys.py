import os
import string
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portable.errors import InvalidKey, InvalidRange
from portable.storage.keys import check_key, check_metadata, check_range
from portable_local.runtime import storage_paths

SEGMENTS = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cc",), exclude_characters="/\ufffe\uffff"),
    min_size=1,
    max_size=80,
).filter(lambda text: text not in (".", ".."))
KEYS = st.lists(SEGMENTS, min_size=1, max_size=6).map("/".join).filter(lambda key: len(key.encode()) <= 1024)
NAMES = st.from_regex(r"[a-z_][a-z0-9_]{0,20}", fullmatch=True)
VALUES = st.text(string.ascii_letters + string.digits + string.punctuation, min_size=1, max_size=50)


@given(KEYS)
def test_every_key_of_the_rule_is_accepted_as_it_is(key: str) -> None:
    assert check_key(key) is key


@given(st.text(max_size=20))
def test_a_key_is_accepted_exactly_when_the_rule_holds(key: str) -> None:
    encodable = not any("\ud800" <= character <= "\udfff" for character in key)
    segments = key.split("/")
    fits = encodable and not {"", ".", ".."} & set(segments)
    fits = fits and not any(c < " " or "\x7f" <= c <= "\x9f" or c in "\ufffe\uffff" for c in key)
    if fits:
        assert check_key(key) == key
    else:
        with pytest.raises(InvalidKey):
            check_key(key)


@pytest.mark.parametrize("key", [None, 5, b"bytes", ["a"]])
def test_what_is_no_text_is_no_key(key: Any) -> None:
    with pytest.raises(InvalidKey, match="text"):
        check_key(key)


def test_an_invalid_key_is_a_value_error_that_names_the_key_and_the_rule() -> None:
    with pytest.raises(ValueError, match=r"'a//b'.*empty"):
        check_key("a//b")
    with pytest.raises(ValueError, match="1025 UTF-8 bytes, but the limit is 1024"):
        check_key("k" * 1025)
    with pytest.raises(ValueError, match="254 segments"):
        check_key("/".join("a" * 255))
    assert check_key("/".join("a" * 254))


@given(st.dictionaries(NAMES, VALUES, max_size=5))
def test_metadata_of_the_rule_is_accepted_copied_and_sorted(metadata: dict[str, str]) -> None:
    found = check_metadata(metadata)
    assert list(found.items()) == sorted(metadata.items())
    assert found is not metadata


@given(st.integers(-50, 50), st.one_of(st.none(), st.integers(-50, 50)))
def test_a_range_is_accepted_exactly_when_it_holds_a_byte(start: int, end: int | None) -> None:
    if end is None or 0 <= start < end:
        assert check_range((start, end)) == (start, end)
    else:
        with pytest.raises(InvalidRange):
            check_range((start, end))


@given(KEYS)
def test_a_key_has_a_path_of_its_own_and_comes_back_from_it(key: str) -> None:
    path = storage_paths.to_path(key)
    assert all(len(os.fsencode(name)) < 250 for name in path.split("/"))
    *folders, name = path.split("/")
    parts = [storage_paths.folder_key(folder) for folder in folders]
    assert None not in parts
    assert "".join(str(part) for part in parts) + str(storage_paths.file_key(name)) == key
    assert path.split("/")[0] != storage_paths.INSIDE


@given(KEYS, KEYS)
def test_no_file_of_one_key_is_a_folder_of_another(first: str, second: str) -> None:
    one, other = storage_paths.to_path(first), storage_paths.to_path(second)
    assert (one == other) == (first == second)
    assert not other.startswith(f"{one}/")


@pytest.mark.parametrize("key", ["originals/cat.jpg", "a/b/c/notes.txt", "x.tar.gz", "my photo (1).jpg"])
def test_an_ordinary_key_is_its_own_path(key: str) -> None:
    assert storage_paths.to_path(key) == key
