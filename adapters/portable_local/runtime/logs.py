"""The form of log lines on this machine: the keys of `Shape`, unchanged."""

from __future__ import annotations

from portable.base.logs import Shape

SHAPE = Shape()
