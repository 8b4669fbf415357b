"""Suites that decide whether a driver or a target is right; any adapter, ours or a stranger's, must pass them. Never ships."""
