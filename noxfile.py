"""Every check of the project: `nox -s tests` is what CI runs, `nox -l` lists the others."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path
from xml.etree import ElementTree

import nox

PYTHONS = ("3.11", "3.12", "3.13")
CURRENT = f"{sys.version_info.major}.{sys.version_info.minor}"
REPORTS = Path(".nox", "reports")
PARALLEL = ("-n", "auto", "--dist", "worksteal")

nox.options.default_venv_backend = "uv"
nox.options.sessions = ["tests"]
nox.needs_version = ">=2024.10"


def show_pyenv() -> None:
    """Make every interpreter that pyenv holds visible, for uv and for the tests."""
    versions = Path(os.environ.get("PYENV_ROOT", "~/.pyenv")).expanduser() / "versions"
    if versions.is_dir() and "PYENV_VERSION" not in os.environ:
        known = [path.name for path in sorted(versions.iterdir()) if path.name.startswith(PYTHONS)]
        os.environ["PYENV_VERSION"] = ":".join(known)


def interpreter(version: str) -> str | None:
    """Return an interpreter of a version, None when the machine has none."""
    versions = Path(os.environ.get("PYENV_ROOT", "~/.pyenv")).expanduser() / "versions"
    found = sorted(versions.glob(f"{version}.*/bin/python{version}"))
    return str(found[-1]) if found else shutil.which(f"python{version}")


show_pyenv()
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # else each of the many processes compiles every library again


def install(session: nox.Session, *groups: str, extras: str = "all") -> None:
    """Install the project, editable, with its extras and dependency groups."""
    session.install("-e", f".[{extras}]" if extras else ".", *(f"--group={group}" for group in groups))


def pytest(
    session: nox.Session,
    report: str,
    *arguments: str,
    program: str = "pytest",
    external: bool = False,
    env: dict[str, str | None] | None = None,
) -> None:
    """Run pytest, leaving a report that `skipped` reads."""
    REPORTS.mkdir(parents=True, exist_ok=True)
    xml = f"--junitxml={(REPORTS / f'{report}.xml').resolve()}"
    session.run(program, xml, *PARALLEL, *arguments, external=external, env=env)


@nox.session(venv_backend="none")
def tests(session: nox.Session) -> None:
    """Run lint, types, contracts and every test; the unit tests again on each other Python; list what was skipped."""
    shutil.rmtree(REPORTS, ignore_errors=True)
    for name in ("rest", "skipped"):
        session.notify(name)
    others = [(f"unit-{version}", "--", "-n", "0") for version in PYTHONS if version != CURRENT]
    together(session, *others, ("lint", "contracts", "types"))


@nox.session(venv_backend="none")
def rest(session: nox.Session) -> None:
    """Run the whole suite, and beside it what mostly waits for a deployment."""
    together(session, ("everything", "plugins"), ("deployed",))


def together(session: nox.Session, *groups: tuple[str, ...]) -> None:
    """Run groups of sessions at the same time; show what a group printed when it ends. Fails when one of them fails."""

    def run(group: tuple[str, ...]) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "nox", "--noxfile", __file__, "--sessions", *group]
        return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)

    failed = []
    with ThreadPoolExecutor(len(groups)) as pool:
        running = {pool.submit(run, group): group for group in groups}
        for done in as_completed(running):
            sys.stdout.write(done.result().stdout)
            sys.stdout.flush()
            if done.result().returncode:
                failed.append(running[done][0])
    if failed:
        session.error(f"failed, see above: {', '.join(failed)}")


@nox.session
def plugins(session: nox.Session) -> None:
    """Run `async def` tests beside pytest-asyncio, which warns in every run of pytest and so has an environment of its own."""
    install(session, "test", "plugins")
    pytest(session, "plugins", "tests/processes/testing/test_plugin_async.py", "-n", "0", *session.posargs)


@nox.session
def everything(session: nox.Session) -> None:
    """Run the whole suite: units, real payloads, conformance on every server, packaged artifacts in real hosts."""
    install(session, "test")
    pytest(session, "everything", "tests", "--ignore=tests/deploy", *session.posargs)
    for sample in sorted(Path("samples").iterdir()):
        if (sample / "tests").is_dir():
            pytest(
                session,
                f"sample-{sample.name}",
                "--rootdir",
                str(sample),
                "-c",
                str(sample / "pyproject.toml"),
                str(sample),
                "-n",
                "0",  # they take less time than workers need to begin
            )


@nox.session
def deployed(session: nox.Session) -> None:
    """Apply an app with every trigger by Terraform to a server with roles enforced; call it, and try every permission."""
    install(session, "test")
    pytest(session, "deployed", "tests/deploy", "-n", "0", *session.posargs)


@nox.session(venv_backend="none")
def skipped(session: nox.Session) -> None:
    """List what was skipped in this run, why, and how to get it."""
    reasons: dict[str, int] = {}
    for report in sorted(REPORTS.glob("*.xml")):
        for node in ElementTree.parse(report).iter("skipped"):
            reason = node.get("message") or "no reason given"
            reasons[reason] = reasons.get(reason, 0) + 1
    session.log("skipped: nothing" if not reasons else f"skipped: {sum(reasons.values())} tests")
    for reason, count in sorted(reasons.items()):
        session.log(f"  {count} x {reason}")


def _unit(version: str) -> None:
    @nox.session(name=f"unit-{version}", venv_backend="none")
    def unit(session: nox.Session) -> None:
        found = interpreter(version)
        if found is None:
            session.skip(f"Python {version} is not on this machine: install it, for example with pyenv or uv")
        folder = Path(".nox", f"unit-{version}", "venv").resolve()
        session.run("uv", "venv", "-q", "--clear", "--python", found, str(folder), external=True)
        session.run(
            "uv", "pip", "install", "-q", "--python", str(folder), "-e", ".[all]", "--group=test", external=True
        )
        pytest(
            session,
            f"unit-{version}",
            "tests/unit",
            "-q",
            *session.posargs,
            program=str(folder / "bin" / "pytest"),
            external=True,
        )


for _version in PYTHONS:
    _unit(_version)


@nox.session
def lint(session: nox.Session) -> None:
    """Run ruff: rules and format."""
    install(session, "lint", extras="")
    session.run("ruff", "check", ".")
    session.run("ruff", "format", "--check", ".")


@nox.session
def types(session: nox.Session) -> None:
    """Run mypy in strict mode and pyright."""
    install(session, "lint", "test")
    session.run("mypy")
    session.run("pyright")


@nox.session
def contracts(session: nox.Session) -> None:
    """Run the import contracts: what ships, what may import what."""
    install(session, "lint", extras="")
    session.run("lint-imports")


@nox.session
def conformance(session: nox.Session) -> None:
    """Run every driver's suite on every server that this machine can start; write docs/capabilities.md of what it found."""
    install(session, "test")
    measured = str(Path("tests", "conformance", "measured.json").resolve())
    session.run("pytest", "tests/conformance", *session.posargs, env={"PORTABLE_MEASURED": measured})
    session.run("python", "tests/conformance/capabilities.py")


@nox.session
def mutants(session: nox.Session) -> None:
    """Find every mistake of the catalogue; run each right twin under 250 schedules of accidents, and say how many ran."""
    install(session, "test")
    pytest(session, "mutants", "tests/mutants", *session.posargs, env={"PORTABLE_MUTANTS": "250"})
    found = ElementTree.parse(REPORTS / "mutants.xml").iter("property")
    counts = [int(node.get("value", 0)) for node in found if node.get("name") == "schedules"]
    session.log(f"{len(counts)} right twins were not accused in {sum(counts):,} schedules")


@nox.session
def minimums(session: nox.Session) -> None:
    """Run the unit tests with the lowest versions of our direct dependencies."""
    session.install("--resolution=lowest-direct", "-e", ".[all]", "--group=test")
    session.run("pytest", "tests/unit", *session.posargs)


@nox.session
def build(session: nox.Session) -> None:
    """Build the wheel and the source distribution, install the wheel alone and package a sample with it."""
    folder = Path(session.create_tmp())
    session.run("uv", "build", "--out-dir", str(folder / "dist"), external=True)
    wheel = next((folder / "dist").glob("*.whl"))
    session.install("--force-reinstall", str(wheel))
    session.run("portable", "package", "samples/hello", "--target", "aws", "--out", str(folder / "out"))


@nox.session
def bench(session: nox.Session) -> None:
    """Measure side by side with raw handlers and peers, and print the table."""
    install(session, "test", "bench")
    session.run("python", "-m", "benchmarks", *session.posargs)
