"""One line in the log for who does not get in: strangers knock often, and a traceback says nothing about them."""

import logging
import ssl
from typing import Final

SOCKET_LOGGER: Final = logging.getLogger("local_live.sockets")
_HANDLED_BY_AIOHTTP: Final = "Error handling request"


def _calm(record: logging.LogRecord) -> bool:
    """Take the traceback from aiohttp's complaints about what is no HTTP; those about our own faults keep theirs."""
    error = record.exc_info[1] if record.exc_info else None
    if str(record.msg).startswith(_HANDLED_BY_AIOHTTP) and type(error).__module__.startswith("aiohttp."):
        record.exc_info = record.exc_text = None
    return True


SOCKET_LOGGER.addFilter(_calm)


class _TellingSSLObject(ssl.SSLObject):
    """asyncio ends a connection whose handshake fails without a word."""

    def do_handshake(self) -> None:
        """Do the next step of the handshake; a failure is logged and raised."""
        try:
            super().do_handshake()
        except ssl.SSLWantReadError, ssl.SSLWantWriteError:
            raise
        except ssl.SSLError as error:
            SOCKET_LOGGER.info("a caller did not get through the TLS handshake: %s", error.reason)
            raise


def tell_of_failed_handshakes(context: ssl.SSLContext) -> None:
    """Have failed handshakes logged with a server's context."""
    context.sslobject_class = _TellingSSLObject
