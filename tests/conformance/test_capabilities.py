import json

from conformance.capabilities import DRIVERS, MEASURED, PAGE, SUITES, page


def test_the_page_of_the_docs_is_made_of_what_was_measured() -> None:
    assert PAGE.read_text() == page(json.loads(MEASURED.read_text()))


def test_nothing_that_was_measured_failed_and_every_driver_is_named() -> None:
    measured = json.loads(MEASURED.read_text())
    assert [name for name, entry in measured.items() if entry["failed"]] == []
    assert {name.partition("/")[2] for name in measured} == set(DRIVERS)
    assert {name.partition("/")[0] for name in measured} == set(SUITES)


def test_a_gap_is_one_of_the_suites_abilities() -> None:
    for name, entry in json.loads(MEASURED.read_text()).items():
        assert set(entry["lacks"]) <= set(SUITES[name.partition("/")[0]][1]), name
