"""Requests to addresses that strangers chose: only to public ones, only to the address that was checked, with an end.

The name is resolved once, every address it has is checked (those too that carry an IPv4 address inside), and the connection goes
to the very address that was checked, so that a name which answers differently a moment later leads nowhere (DNS rebinding).
Redirects are not followed; what is read and how long it may take have caps.
"""

import contextlib
import http.client
import ipaddress
import socket
import ssl
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from django.conf import settings
from django.utils.translation import gettext as _

from commitments.ledger.wellformed import Refused
from commitments.source.characters import unwanted

CONNECT, WHOLE = 5.0, 15.0  # seconds
MOST_ADDRESSES = 4  # of one host that are tried
LONGEST = 500
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
# What ipaddress calls global although it leads to this machine or to nobody (measured): IPv4-compatible, IPv4-translated,
# documentation, segment routing, NAT64 for local use, site-local, the old relay of 6to4, multicast.
_DENIED = tuple(
    map(
        ipaddress.ip_network,
        (
            "::/96",
            "::ffff:0:0:0/96",
            "3fff::/20",
            "5f00::/16",
            "64:ff9b:1::/48",
            "fec0::/10",
            "192.88.99.0/24",
            "224.0.0.0/4",
            "ff00::/8",
        ),
    )
)


class Unreachable(Exception):
    """Nothing could be delivered; the message says why, without anything of the reply."""


@dataclass(frozen=True)
class Reply:
    status: int
    retry_after: str
    milliseconds: int


def check_url(url: str) -> str:
    """An address to which something may be sent, as it is written. Raises Refused. Where it leads is checked at each sending."""
    if len(url) > LONGEST or unwanted(url) or not url.isascii() or " " in url:
        raise Refused("url", _("is an address of ASCII with at most %(n)s characters") % {"n": LONGEST})
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise Refused("url", _("is not an address")) from None
    schemes = ("https", "http") if settings.WEBHOOK_INTERNAL else ("https",)
    if parts.scheme not in schemes or not parts.hostname:
        raise Refused("url", _("begins with %(scheme)s:// and names a host") % {"scheme": schemes[0]})
    if parts.username is not None or parts.password is not None or parts.fragment:
        raise Refused("url", _("holds no user, no password and no #"))
    if port == 0:
        raise Refused("url", _("names a port that there is not"))
    if not settings.WEBHOOK_INTERNAL and not _may_be_public(parts.hostname):
        raise Refused("url", _("names an address that is not public"))
    return url


def _may_be_public(host: str) -> bool:
    """Whether a host is a name, which is looked up at each sending, or a public address as it is written, in any notation."""
    with contextlib.suppress(ValueError):
        return public(host.strip("[]"))
    with contextlib.suppress(OSError):
        return public(socket.inet_ntoa(socket.inet_aton(host)))  # 2130706433, 0x7f.1, 127.1
    return True


def public(address: str) -> bool:
    """Whether an address belongs to the public network; what carries an IPv4 address inside is judged by that."""
    ip = ipaddress.ip_address(address.split("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        if ip.ipv4_mapped is not None:
            return public(str(ip.ipv4_mapped))
        if ip.sixtofour is not None:
            return public(str(ip.sixtofour))
        if ip.teredo is not None:
            return public(str(ip.teredo[1]))
        if ip in _NAT64:
            return public(str(ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)))
    return (
        ip.is_global
        and not ip.is_multicast
        and not any(ip in net for net in _DENIED if net.version == ip.version)
    )


def resolve(host: str, port: int) -> list[str]:
    """Every address of a host. Raises Unreachable when one of them is not public: such a name is a trap or a mistake."""
    try:
        rows = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise Unreachable("the name of the host is not known") from None
    addresses = list(dict.fromkeys(str(row[4][0]) for row in rows))
    if not settings.WEBHOOK_INTERNAL and not all(map(public, addresses)):
        raise Unreachable("the host has an address that is not public")
    return addresses


def post(url: str, body: bytes, headers: Mapping[str, str]) -> Reply:
    """Send a body and read the status. Raises Unreachable; a redirect is a reply like others."""
    parts = urlsplit(url)
    host, secure = parts.hostname or "", parts.scheme == "https"
    port = parts.port or (443 if secure else 80)
    started = time.monotonic()
    addresses = resolve(host, port)[:MOST_ADDRESSES]
    connection: http.client.HTTPConnection
    if secure:
        connection = http.client.HTTPSConnection(
            host, port, timeout=CONNECT, context=ssl.create_default_context()
        )
    else:
        connection = http.client.HTTPConnection(host, port, timeout=CONNECT)
    guard = _Guard(started + WHOLE)
    # The name stays in the Host header and in the certificate; the connection goes to the address that was checked.
    connection._create_connection = lambda *_rest: guard.connected(addresses, port)  # type: ignore[attr-defined]
    clock = threading.Timer(WHOLE, guard.end)  # one byte a second would outlast every timeout of a socket
    clock.daemon = True
    clock.start()
    try:
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        connection.request("POST", target, body, {**headers, "Connection": "close"})
        reply = connection.getresponse()  # its status and headers; nothing of its body is read
        if guard.over:
            raise TimeoutError
        took = round((time.monotonic() - started) * 1000)
        return Reply(reply.status, reply.headers.get("Retry-After", "")[:40], took)
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise Unreachable(_words(error, guard.over)) from None
    finally:
        clock.cancel()
        guard.close()
        connection.close()


class _Guard:
    """Ends a connection when its time is over, wherever it is: connecting, in the handshake, or reading. It holds a second handle
    of the socket, because TLS and http.client take the first one away."""

    def __init__(self, until: float) -> None:
        self.until, self.over = until, False
        self._handle: socket.socket | None = None

    def connected(self, addresses: list[str], port: int) -> socket.socket:
        """A connection to the first of the checked addresses that takes one."""
        failed: OSError = TimeoutError()
        for address in addresses:
            left = self.until - time.monotonic()
            if left <= 0 or self.over:
                break
            try:
                found = socket.create_connection((address, port), min(CONNECT, left))
            except OSError as error:
                failed = error
                continue
            self._handle = found.dup()
            if self.over:  # the clock struck between the two
                self.end()
            return found
        raise failed

    def end(self) -> None:
        self.over = True
        if self._handle is not None:
            with contextlib.suppress(OSError):
                self._handle.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        if self._handle is not None:
            self._handle.close()


def _words(error: Exception, late: bool) -> str:
    if late or isinstance(error, TimeoutError):
        return f"no whole reply in {WHOLE:.0f} s" if late else f"no answer in {CONNECT:.0f} s"
    if isinstance(error, ssl.SSLError):
        return "its certificate is not good, or it does not speak TLS"
    if isinstance(error, ConnectionRefusedError):
        return "the connection was refused"
    if isinstance(error, http.client.HTTPException | ValueError):
        return "it does not speak HTTP"
    return "the connection failed or ended early"
