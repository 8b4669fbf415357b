"""How a server in Java is started here: it lives for seconds, so little is compiled, and one core collects garbage."""

from __future__ import annotations

QUICK = ("-Xmx256m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC")
