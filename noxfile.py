"""Every check of the project: `nox -s tests` is what CI runs, `nox -l` lists the others."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path
from xml.etree import ElementTree

import nox
from nox.command import CommandFailed

PYTHONS = ("3.11", "3.12", "3.13")
"""The Pythons that portable supports. `tests` runs on the oldest, and what depends on Python on the newest too."""
CURRENT = f"{sys.version_info.major}.{sys.version_info.minor}"
REPORTS = Path(".nox", "reports")
REDEPLOYED = "tests/deploy/test_aws_deploy.py"
SUITES = {
    "drivers": "conformance",
    "processes": "processes",
    "walk": "walk",
    "targets": "conformance/target",
    "units": "unit",
    "others": "",
}
"""The folder of `tests` that a session runs in one process, without what has a session of its own in it.

Sessions run side by side. Workers of one pytest would each collect all of the tests, and send each report to the next process.
"""
OWN_SESSIONS = ("deploy", "deployed_samples", "fuzzed", "images", "manifests", "scanned")
WAIT = (("servers",), ("deployed",), ("drivers",), ("processes",), ("walk",), ("targets",))
"""Groups of sessions that often wait: for a server, an engine, a process, a moment."""
FILL = (("units",), ("lint", "contracts", "types", "pyright", "plugins", "samples"), ("newest",), ("others",))
"""Groups that never wait. They take of the cores what the others leave, so that at the end no core is idle while another group waits."""
MORE = 5
"""How many groups more than there are cores run at the same time. The others follow when one ends."""
EXAMPLES = {"PORTABLE_EXAMPLES": "25"}
"""The most examples of one search, which are others in each run. `thorough` takes all that a test asks for."""
FEW_EXAMPLES = {"PORTABLE_EXAMPLES": "5"}
"""For the unit tests on another Python."""
LONG_FAULTS = {"PORTABLE_FAULT_SECONDS": "30", "PORTABLE_KILLS": "20"}
"""For `thorough`: how long a network is bad, and how many processes are killed."""
OF_PYTHON = {
    "base": ("codec_faults", "codec_msgspec", "logs", "quiet_logs", "values"),
    "compute": (),
    "eventing": ("convert", "replies", "sendable", "typed_bodies", "uploads"),
    "testing": ("callers", "cloud", "determinism", "interleaving", "memory_of_fixtures", "module_memory", "threads"),
    "tooling/app": (
        *("aliases", "appfiles", "binding", "constraints", "expressions", "fields", "found_functions", "reading"),
        *("refusals", "streaming", "wrapper_refusals", "openapi/test_replies"),
    ),
    "tooling/bundle": (),
    "tooling/check": (),
    "tooling/entry": (),
}
"""The folders of `tests/unit` and the files in them whose subject is Python itself, `()` for all files.

Annotations, signatures, source, bytecode, imports, threads, event loops. All else is rules of providers and of data.
"""

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


def quickest() -> str:
    """Return the Python of the operating system if it is of this version: it is built with every optimization. Else our own.

    What the tests do takes an eighth less of the processor's time with it than with one that pyenv has built.
    """
    found = f"/usr/bin/python{CURRENT}"
    whole = [found, "-c", "import ctypes, ssl, sqlite3, venv"]
    return found if Path(found).exists() and subprocess.run(whole, check=False).returncode == 0 else sys.executable


show_pyenv()
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # else each of the many processes compiles every library again


class Environment:
    """A virtual environment of the project, made once and used by each session that names it, also at the same time."""

    def __init__(self, session: nox.Session, name: str, python: str, *groups: str) -> None:
        self.folder = Path(".nox", name).resolve()
        self._session = session
        path = os.pathsep.join((str(self.folder / "bin"), os.environ["PATH"]))
        self._variables = {"PATH": path, "VIRTUAL_ENV": str(self.folder)}
        self.folder.parent.mkdir(exist_ok=True)
        with self.folder.with_name(f"{name}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not (self.folder / "bin" / "python").exists():
                session.run("uv", "venv", "-q", "--clear", "--python", python, str(self.folder), external=True)
            needs = ("-e", ".[all]", *(f"--group={group}" for group in groups))
            made, wanted = (
                self.folder / "made-for",
                " ".join((*needs, Path("pyproject.toml").read_text(encoding="utf-8"))),
            )
            if made.is_file() and made.read_text(encoding="utf-8") == wanted:
                return
            session.run("uv", "pip", "install", "-q", "--python", str(self.folder), *needs, external=True)
            made.write_text(wanted, encoding="utf-8")

    def run(self, program: str, *arguments: str, env: Mapping[str, str] | None = None) -> None:
        """Run a program of the environment."""
        variables = {**self._variables, **(env or {})}
        self._session.run(str(self.folder / "bin" / program), *arguments, external=True, env=variables)

    def pytest(self, report: str, *arguments: str, env: Mapping[str, str] | None = None) -> None:
        """Run pytest, leaving a report that `skipped` reads.

        Asserts are as they are: to make their messages costs a second for each thousand tests. What fails is run again with them.
        """
        REPORTS.mkdir(parents=True, exist_ok=True)
        xml = f"--junitxml={(REPORTS / f'{report}.xml').resolve()}"
        kept = ("-o", f"cache_dir={Path('.nox', 'failed', report).resolve()}")
        try:
            self.run("pytest", xml, *kept, "--assert=plain", *arguments, env=env)
        except CommandFailed:
            self._session.log("what failed is run once more, for messages of its asserts")
            self.run("pytest", *kept, "--last-failed", "--last-failed-no-failures=none", *arguments, env=env)
            raise


def shared(session: nox.Session) -> Environment:
    """Return the environment of every check on this Python."""
    return Environment(session, f"python-{CURRENT}", quickest(), "test", "lint")


@nox.session(venv_backend="none")
def tests(session: nox.Session) -> None:
    """Run lint, types, contracts and every test; what depends on Python on the newest too; list what was skipped.

    Side by side: what mostly waits fills no core alone, and nothing is left to wait for at the end.
    """
    shutil.rmtree(REPORTS, ignore_errors=True)
    session.notify("skipped")
    if not Path(".mypy_cache").is_dir():
        os.environ["MYPY_CACHE_DIR"] = os.devnull  # a clone that lives for one run keeps nothing
    together(session)


def together(session: nox.Session) -> None:
    """Run the groups of sessions side by side; show what a group printed when it ends, and at last what each cost.

    Fails when one of them fails.
    """

    def run(group: tuple[str, ...]) -> tuple[str, int, float]:
        after = ("nice", "-n", "5") if group in FILL else ()
        command = [*after, sys.executable, "-m", "nox", "--noxfile", __file__, "--sessions", *group]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        assert process.stdout is not None
        with process.stdout as printed:
            text = printed.read()
        _, status, used = os.wait4(process.pid, 0)  # with what it started and waited for
        process.returncode = os.waitstatus_to_exitcode(status)
        return text, process.returncode, used.ru_utime + used.ru_stime

    failed, cost = [], {}
    with ThreadPoolExecutor((os.cpu_count() or 1) + MORE) as pool:
        running = {pool.submit(run, group): group for group in (*WAIT, *FILL)}
        for done in as_completed(running):
            text, code, cost[running[done]] = done.result()
            sys.stdout.write(text)
            sys.stdout.flush()
            if code:
                failed.append(running[done][0])
    session.log(f"processor time: {sum(cost.values()):.0f} s")
    for group, seconds in sorted(cost.items(), key=lambda each: -each[1]):
        session.log(f"  {seconds:5.0f} s {', '.join(group)}")
    if failed:
        session.error(f"failed, see above: {', '.join(failed)}")


@nox.session(venv_backend="none")
def plugins(session: nox.Session) -> None:
    """Run `async def` tests beside pytest-asyncio, which warns in every run of pytest and so lies in a folder of its own."""
    environment, beside = shared(session), Path(".nox", f"plugins-{CURRENT}").resolve()
    if not beside.is_dir():
        into = ("--python", str(environment.folder), "--target", str(beside), "--no-deps")
        session.run("uv", "pip", "install", "-q", *into, "--group=plugins", external=True)
    tests = ("tests/processes/testing/test_plugin_async.py", *session.posargs)
    environment.pytest("plugins", *tests, env={"PYTHONPATH": str(beside)})


@nox.session(venv_backend="none")
def servers(session: nox.Session) -> None:
    """Install the servers that tests start, before the tests come to them: most of that is waiting."""
    shared(session).run("python", "tests/servers/early.py")


def _suite(name: str, folder: str) -> None:
    @nox.session(name=name, venv_backend="none")
    def suite(session: nox.Session) -> None:
        others = sorted({*OWN_SESSIONS, *SUITES.values()} - {folder, ""})
        apart = [f"--ignore=tests/{one}" for one in others if one.startswith(folder)]
        tests = (str(Path("tests", folder)), *apart)
        shared(session).pytest(name, "-m", "not thorough", *tests, *session.posargs, env=EXAMPLES)


for _name, _folder in SUITES.items():
    _suite(_name, _folder)


@nox.session(venv_backend="none")
def samples(session: nox.Session) -> None:
    """Run the tests of the samples."""
    for sample in sorted(Path("samples").iterdir()):
        if (sample / "tests").is_dir():
            rooted = ("--rootdir", str(sample), "-c", str(sample / "pyproject.toml"), str(sample))
            shared(session).pytest(f"sample-{sample.name}", *rooted)


@nox.session(venv_backend="none")
def deployed(session: nox.Session) -> None:
    """Apply an app with every trigger by Terraform to a server with roles enforced; call it, and try every permission."""
    shared(session).pytest("deployed", "tests/deploy", f"--ignore={REDEPLOYED}", *session.posargs)


@nox.session(venv_backend="none")
def redeployed(session: nox.Session) -> None:
    """Deploy a small app again and again: without a change, with one, killed, refused, destroyed with its data and without."""
    shared(session).pytest("redeployed", REDEPLOYED, *session.posargs)


@nox.session(venv_backend="none")
def checkov(session: nox.Session) -> None:
    """Scan what is written for three clouds and for own machines; fail for what the docs do not list, and for what they need not."""
    shared(session).pytest("checkov", "tests/scanned", "-rs", *session.posargs)


@nox.session(venv_backend="none")
def manifests(session: nox.Session) -> None:
    """Read the container's manifests by the published schemas of Kubernetes, KEDA, Knative and Compose: of any app."""
    shared(session).pytest("manifests", "tests/manifests", "-rs", *session.posargs)


@nox.session(venv_backend="none")
def images(session: nox.Session) -> None:
    """Build images by Buildah, on a base of this Python without a shell; run one by Podman, and one by its `compose.yaml` with engines."""
    shared(session).pytest("images", "tests/images", "-rs", *session.posargs)


@nox.session(venv_backend="none")
def schemathesis(session: nox.Session) -> None:
    """Drive each sample by its OpenAPI document; fail for a server error and for a reply that the document does not name."""
    shared(session).pytest("schemathesis", "tests/fuzzed", "-rs", *session.posargs)


@nox.session(name="deployed-samples", venv_backend="none")
def deployed_samples(session: nox.Session) -> None:
    """Deploy each sample by its deployer's role to a stage of its own, drive its routes and its events, and destroy it."""
    shared(session).pytest("deployed-samples", "tests/deployed_samples", "-rs", *session.posargs)


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


def _units_on(session: nox.Session, version: str, *tests: str) -> None:
    found = interpreter(version)
    if found is None:
        session.skip(f"Python {version} is not on this machine: install it, for example with pyenv or uv")
    environment = Environment(session, f"python-{version}", found, "test")
    environment.pytest(f"unit-{version}", "-q", *tests, *session.posargs, env=FEW_EXAMPLES)


@nox.session(venv_backend="none")
def newest(session: nox.Session) -> None:
    """Run on the newest Python the unit tests whose subject is Python itself."""
    _units_on(session, PYTHONS[-1], *_of_python())


def _of_python() -> Iterator[str]:
    for folder, files in OF_PYTHON.items():
        if not files:
            yield f"tests/unit/{folder}"
        for file in files:
            inner, _, name = file.rpartition("test_")
            yield f"tests/unit/{folder}/{inner}test_{name}.py"


@nox.session(venv_backend="none")
def thorough(session: nox.Session) -> None:
    """Before a release: search with all examples, run what is marked and all on each Python, deploy again and again, build an image."""
    environment, tests = shared(session), ("tests/unit", "tests/conformance", "tests/events")
    environment.pytest("thorough", *tests, *session.posargs, env={**LONG_FAULTS, "PORTABLE_CEPH": "1"})
    environment.pytest("marked", "-m", "thorough", "tests/processes", "tests/walk")
    environment.run("pyright", "portable", "adapters")
    for name in ("images", "mutants", "redeployed", *(f"unit-{version}" for version in PYTHONS if version != CURRENT)):
        session.notify(name)


def _unit(version: str) -> None:
    @nox.session(name=f"unit-{version}", venv_backend="none")
    def unit(session: nox.Session) -> None:
        _units_on(session, version, "tests/unit")


for _version in PYTHONS:
    _unit(_version)


@nox.session(venv_backend="none")
def lint(session: nox.Session) -> None:
    """Run ruff: rules and format."""
    environment = shared(session)
    environment.run("ruff", "check", ".")
    environment.run("ruff", "format", "--check", ".")


@nox.session(venv_backend="none")
def types(session: nox.Session) -> None:
    """Run mypy in strict mode over everything."""
    environment = shared(session)
    environment.run("mypy")
    environment.run("mypy", "--strict", "tests/golden/clients")  # what `portable client python` writes


@nox.session(venv_backend="none")
def pyright(session: nox.Session) -> None:
    """Run pyright over what the editor of a user reads."""
    shared(session).run("pyright")


@nox.session(venv_backend="none")
def contracts(session: nox.Session) -> None:
    """Run the import contracts: what ships, what may import what."""
    shared(session).run("lint-imports")


@nox.session(venv_backend="none")
def conformance(session: nox.Session) -> None:
    """Run every driver's suite on every server that this machine can start; write docs/capabilities.md of what it found."""
    environment = shared(session)
    measured = str(Path("tests", "conformance", "measured.json").resolve())
    environment.run("pytest", "tests/conformance", *session.posargs, env={"PORTABLE_MEASURED": measured})
    environment.run("python", "tests/conformance/capabilities.py")


@nox.session(venv_backend="none")
def mutants(session: nox.Session) -> None:
    """Find every mistake of the catalogue; run each right twin under 250 schedules of accidents, and say how many ran."""
    shared(session).pytest("mutants", "tests/mutants", "-n", "auto", *session.posargs, env={"PORTABLE_MUTANTS": "250"})
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
    session.install("-e", ".[all]", "--group=test", "--group=bench")
    session.run("python", "-m", "benchmarks", *session.posargs)
