"""The form of log lines on this machine: the keys of `Shape`, unchanged."""

from __future__ import annotations

from portable.base.log_lines import Shape

SHAPE = Shape()
