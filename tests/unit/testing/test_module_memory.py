"""What a process remembers: fresh after a crash, not shared by two instances, never taken from the test."""

from __future__ import annotations

from types import FunctionType

import pytest
from unit.testing import remembering_app as app
from unit.testing.remembering_app import change

from portable.testing import at_least_once
from portable.testing.search.exploring import explore
from portable.testing.session.memory import ModuleMemory
from portable.testing.session.uses import looked_at


@pytest.fixture
def portable_app():
    return app


def test_a_new_process_remembers_nothing_and_an_old_one_what_it_did() -> None:
    memory = ModuleMemory([app])
    lock = app._lock
    app._remember("a")
    old = memory.save()
    memory.load(None)
    assert (app._cache, app._latest, app._count, app._doubled.cache_info().currsize) == ({}, None, 0, 0)
    assert app._lock is not lock
    assert app._remember("b") == 1
    memory.load(old)
    assert (list(app._cache), app._latest, app._count) == (["a"], "a", 1)
    assert app._lock is lock
    assert app.outbox == ["a", "b"]  # it is only written to: it stands for a service outside
    memory.load(None)
    app.outbox.clear()


def test_a_cache_that_a_container_holds_is_another_one_in_another_instance() -> None:
    memory = ModuleMemory([app])

    def filled() -> list[int]:
        return [cache.cache_info().currsize for cache in (app._listed, app._caches[0], app._by_name["of"][0])]

    app._use_listed_caches(1)
    assert app._caches[0] is app._listed
    old = memory.save()
    memory.load(None)
    assert filled() == [0, 0, 0]
    assert app._caches[0] is app._listed  # who clears the caches of the list clears the one that is used
    app._use_listed_caches(2)
    app._use_listed_caches(3)
    other = memory.save()
    memory.load(old)
    assert filled() == [1, 1, 1]
    memory.load(other)
    assert filled() == [2, 2, 2]
    memory.load(None)


def test_what_stands_in_slots_tuples_and_wrappers_is_remembered_too() -> None:
    def noted() -> list[object]:
        return [app._slotted.last, *map(list, (app._slotted.prices, app._pair[0], app._wrapped, app._chain))]

    memory = ModuleMemory([app])
    app._note("a")
    old = memory.save()
    memory.load(None)
    assert noted() == ["", [], [], [], []]
    memory.load(old)
    assert noted() == ["a", ["a"], ["a"], ["a"], ["a"]]
    memory.load(None)


def test_what_the_test_names_is_its_own() -> None:
    def test() -> None:
        assert app.sent_to == {}

    assert "sent_to" in looked_at(test)
    memory = ModuleMemory([app], frozenset(("_cache",)))
    app._cache.clear()
    app._remember("x")
    memory.load(None)
    assert list(app._cache) == ["x"]
    app._cache.clear()


def test_what_an_imported_handler_names_is_not_the_tests() -> None:
    test = FunctionType((lambda: None).__code__, {"remember": app._remember})
    assert "_cache" in looked_at(test)  # a helper of the tests
    assert "_cache" not in looked_at(test, {app.__name__})


def test_what_the_test_asks_of_its_cloud_is_not_the_apps(cloud) -> None:
    def test() -> None:
        assert not cloud.queue(app.orders).pending
        assert not cloud.calls
        assert app.shelf.prices == {}

    names = looked_at(test)
    assert {"shelf", "orders"} <= names
    assert not {"pending", "calls"} & names


def test_a_cache_that_another_instance_makes_stale_is_found(cloud) -> None:
    def body() -> None:
        cloud.queue(app.orders).send("first")
        cloud.settle()
        cloud.queue(app.changes).send(2)
        cloud.settle()
        cloud.queue(app.orders).send("second")
        cloud.settle()
        assert cloud.function(change).failures == []
        assert cloud.table(app.prices).get("second")["paid"] == 2

    with pytest.raises(AssertionError) as caught:
        explore(body, cloud)
    assert "is handled by another instance of the function, whose module state is new" in caught.value.__notes__[0]


@at_least_once(kinds=["crash", "restart"])
def test_every_schedule_begins_with_a_fresh_process(cloud) -> None:
    cloud.queue(app.orders).send("first")
    cloud.settle()
    assert cloud.table(app.prices).get("first")["paid"] == 1


def test_objects_of_the_apps_own_classes_remember_as_its_modules_do() -> None:
    memory = ModuleMemory([app])
    shelf = app.shelf
    shelf.price("tea")
    old = memory.save()
    memory.load(None)
    assert (shelf.prices, shelf.last, app.Shelf.made, app.Shelf.token) == ({}, None, [], None)
    memory.load(old)
    assert (shelf.prices, shelf.last, app.Shelf.made, app.Shelf.token) == ({"tea": 3}, "tea", ["tea"], "tea")
    assert shelf.told == ["tea"]  # it is only written to: it stands for a service outside
    memory.load(None)
    shelf.told.clear()


def test_an_object_that_the_test_names_is_its_own() -> None:
    memory = ModuleMemory([app], frozenset(("shelf",)))
    app.shelf.price("x")
    memory.load(None)
    assert list(app.shelf.prices) == ["x"]
    app.shelf.prices.clear()
    app.shelf.last = None
    app.shelf.told.clear()
