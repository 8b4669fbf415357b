"""The pytest plugin: the fixtures `cloud` and `portable_app`, the marks and options. Everything else is loaded when used."""

from __future__ import annotations

import sys

import pytest

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Generator
    from typing import Any

    from portable.testing.cloud import Cloud


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options of the kit."""
    group = parser.getgroup("portable", "portable functions")
    group.addoption(
        "--wire",
        default="",
        metavar="TARGETS",
        help="run tests that use the fixture cloud with the event formats of these targets: aws,azure,gcp",
    )
    group.addoption(
        "--artifact", default="", metavar="DIST", help="call the packaged artifacts in DIST, or the one that DIST is"
    )
    group.addoption("--grants", action="store_true", help="report permissions that no test used")
    group.addoption("--chaos-seed", default=None, metavar="N", help="the seed of at_least_once tests, or 'random'")


def pytest_configure(config: pytest.Config) -> None:
    """Register the marks."""
    config.addinivalue_line("markers", "every_wire: run the test with the event format of every cloud")
    config.addinivalue_line(
        "markers",
        "at_least_once(runs=50, seed=None): repeat the test with duplicates, other orders, crashes, throttling, timeouts",
    )
    _check_options(config)
    folder = config.rootpath
    try:
        project = (folder / "pyproject.toml").read_text(encoding="utf-8")
    except (OSError, ValueError):
        return
    if "tool.portable" in project:  # so that tests of an app can import it, however pytest was started
        sys.path += [path for path in (str(folder), str(folder / "src")) if path not in sys.path]


def _check_options(config: pytest.Config) -> None:
    """End the run with one line, before anything is collected, when --wire or --artifact cannot be kept."""
    names, artifacts = str(config.getoption("--wire")), config.getoption("--artifact")
    if names or artifacts:
        from portable.errors import ConfigurationError
        from portable.testing.choosing import chosen

        try:
            chosen(names, config.rootpath / artifacts if artifacts else None)
        except (ValueError, ConfigurationError) as error:
            raise pytest.UsageError(str(error)) from None


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Repeat a test that uses the cloud for each target of --wire."""
    if "portable_wire" in metafunc.fixturenames:
        wires = _wires(metafunc.definition)
        if wires is not None:
            metafunc.parametrize("portable_wire", wires, indirect=True)


def _wires(item: pytest.Item) -> list[str] | None:
    """Return the targets on which a test is asked to run, None for the memory alone."""
    names, artifacts = str(item.config.getoption("--wire")), item.config.getoption("--artifact")
    if not (names or artifacts or item.get_closest_marker("every_wire")):
        return None
    from portable.testing.choosing import chosen

    return chosen(names, item.config.rootpath / artifacts if artifacts else None)


@pytest.fixture
def portable_app() -> Any:
    """Return the app under test: None for the nearest [tool.portable]; override it with a folder or modules."""
    return None


@pytest.fixture
def portable_wire(request: pytest.FixtureRequest) -> str | None:
    """Return the target whose event format is used in this test, or None if there is none.

    pytest repeats no method of a unittest.TestCase, and no test that asks for the cloud while it runs.
    """
    found: str | None = getattr(request, "param", None)
    wires = _wires(request.node) if found is None else None
    if wires is None:
        return found
    if len(wires) > 1:
        pytest.fail(f"pytest cannot repeat this test for {', '.join(wires)}: run it with one --wire at a time", False)
    return wires[0]


@pytest.fixture
def cloud(request: pytest.FixtureRequest, portable_app: Any, portable_wire: str | None) -> Generator[Cloud]:
    """Return the test's own in-memory cloud of the app under test."""
    from portable.testing.fixture import opened

    with opened(request, portable_app, portable_wire) as made:
        yield made


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> Generator[None, object, object]:
    """Run tests that use the cloud, before another plugin runs those that are `async def`."""
    __tracebackhide__ = True
    if "cloud" not in pyfuncitem.funcargs:
        return (yield)
    from portable.testing.fixture import runnable

    function = pyfuncitem.obj
    pyfuncitem.obj = runnable(pyfuncitem)
    try:
        return (yield)
    finally:
        pyfuncitem.obj = function


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Print the errors of handlers before the test's own failure."""
    report = yield
    if call.when == "call" and report.failed and "cloud" in getattr(item, "funcargs", ()):
        from portable.testing.fixture import explain

        explain(item, report)
    elif call.when == "call" and report.passed and "cloud" in getattr(item, "funcargs", ()):
        from portable.testing.fixture import note_dropped

        note_dropped(item)
    return report


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """Report dropped messages, and with --grants the permissions that no test used."""
    fixture = sys.modules.get("portable.testing.fixture")
    if fixture is not None:
        fixture.report_dropped(terminalreporter, config)
    if config.getoption("--grants"):
        from portable.testing.fixture import report_grants

        report_grants(terminalreporter, config)
