"""`portable`: the program. `portable dev` needs a second process, which begins here, while this one imports the commands."""

from __future__ import annotations

import sys


def run() -> None:
    """Run the command that the arguments name; ends the process."""
    first = None
    if sys.argv[1:2] == ["dev"] and "--help" not in sys.argv:
        from portable.tooling.dev.early import fork

        first = fork()
    from portable.tooling.cli import main

    main.run(first)
