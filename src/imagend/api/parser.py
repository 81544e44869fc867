"""httptools' parser for a server that speaks nothing but HTTP/1.1.

A client may offer to change the protocol with any request; Java's does with every one (`Upgrade: h2c`). RFC 9110, 7.8:
a server may ignore that. httptools cannot: it takes the request for bodiless, and what follows for the other protocol.
So another parser reads on behind such headers, and is first told how long the body is.
"""

from __future__ import annotations

from typing import Any

import httptools

_FRAMING = frozenset({b"content-length", b"transfer-encoding"})


class PlainParser:
    """To be used as `httptools.HttpRequestParser`; offers to change the protocol are unheard."""

    def __init__(self, protocol: Any) -> None:
        """protocol: has httptools' callbacks, and `headers` of the request that is being read. Its
        `on_message_complete` must do nothing while `broken_off`."""
        self._protocol = protocol
        self._parser: Any = httptools.HttpRequestParser(protocol)
        self.get_method = self._parser.get_method
        self.get_http_version = self._parser.get_http_version
        self.should_keep_alive = self._parser.should_keep_alive

    @property
    def broken_off(self) -> bool:
        """Whether the end of the message that the parser tells of is one of headers only."""
        return bool(self._parser.should_upgrade())

    def should_upgrade(self) -> bool:
        return False

    def feed_data(self, data: bytes) -> None:
        """Raises httptools.HttpParserError."""
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade as stop:
            self._read_on()
            if rest := data[stop.args[0] :]:
                self.feed_data(rest)

    def _read_on(self) -> None:
        framing = [name + b": " + value + b"\r\n" for name, value in self._protocol.headers if name in _FRAMING]
        self._parser = parser = httptools.HttpRequestParser(_Rest(self._protocol))
        self.get_method, self.get_http_version = parser.get_method, parser.get_http_version
        self.should_keep_alive = parser.should_keep_alive
        parser.feed_data(b"POST / HTTP/1.1\r\n" + b"".join(framing) + b"\r\n")


class _Rest:
    """Callbacks of a request whose headers are known already, and then of those after it."""

    def __init__(self, protocol: Any) -> None:
        self._protocol = protocol
        self._known = True
        self.on_body = protocol.on_body
        self.on_message_complete = protocol.on_message_complete

    def on_message_begin(self) -> None:
        if not self._known:
            self._protocol.on_message_begin()

    def on_url(self, url: bytes) -> None:
        if not self._known:
            self._protocol.on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        if not self._known:
            self._protocol.on_header(name, value)

    def on_headers_complete(self) -> None:
        if self._known:
            self._known = False
        else:
            self._protocol.on_headers_complete()
