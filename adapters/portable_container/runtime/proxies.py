"""Which proxies before an app are believed: takes the address that a connection comes from; returns that of the client.

PORTABLE_PROXY says how many proxies a request passes, such as `1`, or lists their addresses and networks, such as
`10.0.0.0/8, 127.0.0.1`. Without it a header that anybody can send says nothing: the client is whoever opened the connection.
"""

from __future__ import annotations

from portable.errors import ConfigurationError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ipaddress import IPv4Network, IPv6Network

    Network = IPv4Network | IPv6Network

VARIABLE = "PORTABLE_PROXY"
MOST = 32
"""How many addresses of X-Forwarded-For are read, from its end."""


class Proxies:
    """The proxies that are believed: so many before the app, or those in some networks."""

    def __init__(self, hops: int = 0, networks: tuple[Network, ...] = ()) -> None:
        self._hops = hops
        self._networks = networks

    def believes(self, peer: str | None) -> bool:
        """Return whether the headers of a connection's other end are believed."""
        return bool(self._hops) or (bool(self._networks) and self._known(peer))

    def client(self, peer: str | None, forwarded: str) -> str | None:
        """Return the address of the client, by X-Forwarded-For of a proxy that is believed.

        An entry that is no address ends the search, because a client may have written it. The one after it counts.
        """
        found = peer
        for number, entry in enumerate(reversed(forwarded.split(",")[-MOST:]), 1):
            if number > self._hops if self._hops else not self._known(found):
                break
            address = address_of(entry)
            if address is None:
                break
            found = address
        return found

    def _known(self, address: str | None) -> bool:
        from ipaddress import ip_address

        if address is None:
            return False
        try:
            found = ip_address(address)
        except ValueError:  # the path of a socket
            return False
        plain = getattr(found, "ipv4_mapped", None) or found
        return any(plain in network for network in self._networks)


def address_of(text: str) -> str | None:
    """Return an address without brackets and port, None for anything else."""
    from ipaddress import ip_address

    text = text.strip()
    if text[:1] == "[":
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        return (
            None if "%" in text else str(ip_address(text))
        )  # ipaddress takes any text after % for the name of a network card
    except ValueError:
        return None


def proxies_of(text: str) -> Proxies | None:
    """Return the proxies that PORTABLE_PROXY names, None if it names none. Raises ConfigurationError."""
    from ipaddress import ip_network

    said = text.strip()
    if said in ("", "0"):
        return None
    if said.isascii() and said.isdigit() and len(said) < 3:
        return Proxies(int(said))
    try:
        return Proxies(0, tuple(ip_network(part.strip()) for part in said.split(",")))
    except ValueError as error:
        raise ConfigurationError(
            f"{VARIABLE} is {text!r}: it takes the number of proxies before the app, or their addresses and networks "
            f"such as 10.0.0.0/8, separated by commas ({error})"
        ) from error
