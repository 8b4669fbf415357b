"""Chooses the transport of a test: takes the name of a target and a folder of artifacts; returns the transport."""

from __future__ import annotations

from pathlib import Path

from portable.testing.artifacts import ArtifactTransport
from portable.testing.session.session import Session
from portable.testing.session.transport import Transport
from portable.testing.transports.direct import DirectTransport
from portable.testing.wires import WireTransport


def transport_of(session: Session, wire: str | None, artifacts: Path | None = None) -> Transport:
    """Return the transport of a target, opened at its first use; the direct transport for None.

    With a folder of `artifacts` it calls the host processes of `<artifacts>/<target>`.
    """
    name = f"{artifacts or ''}:{wire}" if wire else ""
    found = session.transports.get(name)
    if found is None:
        if wire and artifacts is not None:
            found = ArtifactTransport(session, wire, artifacts / wire)
        else:
            found = WireTransport(session, wire) if wire else DirectTransport(session)
        session.transports[name] = found
    return found
