"""The form of log lines in a container: JSON on stdout, with the keys of `Shape`."""

from __future__ import annotations

from portable.base.log_lines import Shape

SHAPE = Shape()
