"""`FACTS`: what the engines of a container allow and how they behave, read from limits.toml and meaning.toml beside this module."""

from __future__ import annotations

from pathlib import Path

from portable.tooling.facts import Facts, read_facts

FACTS: Facts = read_facts(Path(__file__).parent)
