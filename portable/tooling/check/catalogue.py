"""What each rule of `portable check` is about, in one sentence: for SARIF's list of rules and for docs/check.md."""

from __future__ import annotations

RULES: dict[str, str] = {
    "ability": "A queue has an ability that the target lacks.",
    "app": "The app or its settings cannot be read.",
    "attempts": "Attempts or their count are not kept.",
    "backoff": "The wait between attempts is not kept as declared.",
    "batch": "A batch has no effect.",
    "concurrency": "A limit of calls at once is not kept.",
    "cors": "CORS is not answered as declared.",
    "cron": "The target cannot say this schedule.",
    "dependencies": "The declared dependencies cannot be read.",
    "domain": "The domain of the app is not made, or not wholly.",
    "driver": "The target has no driver of a resource.",
    "environment": "The environment of a function is too large, or functions that share one do not agree.",
    "files": "Files of the app's folder do not ship, or ship for a reason that is told.",
    "gap": "Something is otherwise on this target.",
    "gathered": "A streamed reply is sent as a whole.",
    "isolation": "A function cannot have an identity of its own.",
    "limit": "A number is beyond a limit of the provider.",
    "loop": "A function may write objects that call it again.",
    "meaning": "The same declaration means something else from target to target.",
    "method": "A method of HTTP does not reach the function.",
    "name": "The provider refuses a name.",
    "parameter": "A parameter never gets a value.",
    "path": "A path arrives otherwise than it was sent, or not at all.",
    "permission-gain": "A function may do what it did not ask for, because it shares an identity.",
    "permissions": "The target's permissions are wider than what was asked for.",
    "public": "Anybody can call a route.",
    "reply": "The caller does not get the function's response.",
    "secret-file": "A file that looks like a secret is about to ship.",
    "setting": "A setting of the target's table is wrong or has no effect.",
    "shared": "One setting of a host holds for all its functions.",
    "site": "A file of a static site is too large to be sent, or the site is large for a package.",
    "start": "A new reader of a stream begins elsewhere than declared.",
    "target": "An installed target that nobody asked for cannot take the app.",
    "timeout": "A time-out is not kept as declared.",
    "trigger": "The target does not support a trigger.",
    "undeclared-import": "No declared dependency provides an imported module.",
    "variable": "Two things would have one PORTABLE_… variable, and so one address.",
}
OTHER = "A rule of a target's own."


def about(rule: str) -> str:
    """Return what a rule is about."""
    return RULES.get(rule, OTHER)
