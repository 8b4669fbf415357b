"""What an engine failed with -> an error for people: what happened, what state things are in, and the next command."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from portable.errors import PortableError
from portable.tooling.deploy.configuration import EngineFailed
from portable.tooling.infra.deploying import DELETE_DATA, Cause, Deploying

TAKE_OVER = "--take-over"
"""The option of `deploy` that takes over whatever is there."""
SHOWN = 8
"""Errors that are told in full; there may be one for each resource."""
_LOCK = re.compile(r"\bID:\s*(\S+)")
_VARIABLE = re.compile(r'variable "?([\w-]+)"?')
_OTHER_VERSION = ("newer than current", "Unsupported Terraform Core version", "Unsupported OpenTofu Core version")
_OTHER_BACKEND = (
    "Backend configuration changed",
    "Backend type changed",
    "initialization required: please run",
    "state migration",
)
_UNREACHABLE = "The cloud did not answer: look at the network, its proxy and the region"
_UNREACHED = (
    "connection refused",
    "connection reset",
    "i/o timeout",
    "network is unreachable",
    "no such host",
    "request send failed",
    "TLS handshake timeout",
)
_STARTED = "nothing was changed"


@dataclass(frozen=True, slots=True)
class Situation:
    """Where a fault happened: `again` is the command that was run, `folder` that of the files.

    `done` of `planned` changes were made; of those in `begun` it is not known.
    """

    target: str
    stage: str
    app: str
    engine: str
    folder: Path
    again: str
    deploying: Deploying
    done: int = 0
    planned: int = 0
    begun: tuple[str, ...] = ()


class DeployFailed(PortableError):
    """The engine failed. `notes` are printed before the message."""

    def __init__(self, message: str, notes: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.notes = notes


def explained(error: EngineFailed, here: Situation) -> DeployFailed:
    """Return the error that is told."""
    texts = list(dict.fromkeys(found.text for found in error.found))
    more = [f"… and {len(texts) - SHOWN} more errors; all of them are in {error.log}"]
    told = [*texts[:SHOWN], *(more if len(texts) > SHOWN else ())]
    state = _state(error, here)
    if error.stopped or error.killed:
        how = "stopped" if error.stopped else texts[0]
        return DeployFailed(f"{how}. {state} Run `{here.again}` to go on")
    return DeployFailed("\n".join([*told, state, _next("\n".join(texts), here)]))


def _state(error: EngineFailed, here: Situation) -> str:
    """Say what state things are in."""
    if error.operation != "apply":
        return f"{_STARTED} in the stage {here.stage}.".capitalize()
    unsure = _unsure(here) if error.killed or error.stopped else ""
    if not here.done and not unsure:
        return f"None of the {here.planned} changes was made; what is deployed is as it was."
    return (
        f"{here.done} of {here.planned} changes were made, and the engine's state has them. {unsure}"
        "The others were not made. What was deployed before and is not among the changes is as it was."
    )


def _unsure(here: Situation) -> str:
    """Name what was being made when an engine was ended; one that has ended by itself has told the end of each."""
    if not here.begun:
        return ""
    more = f" and {len(here.begun) - SHOWN} more" if len(here.begun) > SHOWN else ""
    return f"Of these it is not known: {', '.join(here.begun[:SHOWN])}{more}. "


def _next(text: str, here: Situation) -> str:
    """Say what to do, by the cause."""
    again = f"then run `{here.again}` again" + (": it does what is left" if here.planned else "")
    cause = cause_of(text, here.deploying)
    if "state lock" in text:
        lock = _LOCK.search(text)
        waited = f"Somebody else works on the state of this stage, or was ended while they did. Wait until they are done, {again}"
        if lock is None:
            return waited
        break_it = f"`{here.engine} -chdir={here.folder} force-unlock {lock[1]}`"
        return f"{waited}. Only when you are sure that nobody is at work, remove their lock: {break_it}"
    if any(words in text for words in _OTHER_BACKEND):
        return (
            f"The place of the state has changed. Bring the state there with `{here.engine} -chdir={here.folder} init "
            f"-migrate-state`, or take the new place as it is with `init -reconfigure`, {again}"
        )
    if "No value for required variable" in text:
        name = _VARIABLE.search(text)
        return (
            f"Give the variable {name[1] if name else ''} a value in {here.folder / f'{here.stage}.tfvars'}, which is a file "
            f'of yours ({name[1] if name else "name"} = "…"), {again}'
        )
    if any(words in text for words in _OTHER_VERSION):
        return f"Use the version of the engine that the message names, {again}"
    return {
        "credentials": f"{here.deploying.sign_in}, {again}",
        "denied": f"Ask for the missing permission for who is signed in, or sign in as somebody who has it, {again}",
        "exists": (
            f"It is there already, and the state of this stage does not know it. {another(here)}. Or delete it, {again}"
        ),
        "quota": f"A limit of the account is reached: delete what is not needed, or ask the provider for more, {again}",
        "protected": (
            f"It holds data, and was made so that this is not deleted. Declare it in the app again, write `{DELETE_DATA} = "
            f"true` into {here.folder / f'{here.stage}.tfvars'}, deploy, and only then leave it out. Or delete by hand what it "
            f"holds, {again}"
        ),
        None: f"{_UNREACHABLE if any(words in text for words in _UNREACHED) else 'Mend what the message says'}, {again}",
    }[cause]


def another(here: Situation) -> str:
    """Say whose something can be that is there and in no state of this folder, and what to do in each case."""
    return (
        f'If another app is called "{here.app}" here, choose another name in [tool.portable], or another --stage. If it is this '
        f"app, deployed with a state that is kept elsewhere, bring that state, or the file of its backend, to {here.folder}"
        + (
            ""
            if TAKE_OVER in here.again
            else f". If the state is lost, take over what is there: `{here.again} {TAKE_OVER}`"
        )
    )


def cause_of(text: str, deploying: Deploying) -> Cause | None:
    """Return why a provider refused, by its words; None when they are not known."""
    return next((cause for cause, words in deploying.failures.items() if any(word in text for word in words)), None)
