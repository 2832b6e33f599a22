"""The exchange as a service of the hub: takes submissions in and hands feedback out.

It listens on a loopback port and has no address at the public proxy. Who calls is the owner of
the hub's token in the ``Authorization`` header, when is this machine's clock, and what is what
arrived. Nothing that a request says about any of the three is looked at.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import signal
import sys
from dataclasses import asdict

from tornado.httpserver import HTTPServer

from academy.grading.admission import ExchangeLimits
from academy.grading.limits import ACCEPTED_KILOBYTES
from academy.hub.exchange_callers import Callers
from academy.hub.exchange_handlers import TAR_OVERHEAD, Office, application
from academy.hub.processes import end_with_parent

SERVICE = "exchange"
PORT_VARIABLE = "ACADEMY_EXCHANGE_PORT"
LIMITS_VARIABLE = "ACADEMY_EXCHANGE_LIMITS"

#: What is read, if only to say in words that it was too much, before a connection is cut.
_MOST_BYTES = ACCEPTED_KILOBYTES * 1000 + TAR_OVERHEAD
_BODY_SECONDS = 120
_IDLE_SECONDS = 60
#: How long submissions that are on their way may still take when the service is told to end.
_LAST_SECONDS = 5
_log = logging.getLogger("academy.exchange")


async def serve(port: int, office: Office) -> None:
    """Serve until the process is told to end; what is being taken in then is taken in."""
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopped.set)
    server = HTTPServer(
        application(office),
        max_body_size=_MOST_BYTES,
        body_timeout=_BODY_SECONDS,
        idle_connection_timeout=_IDLE_SECONDS,
    )
    server.listen(port, "127.0.0.1")
    _log.info("The exchange listens on port %d", port)
    await stopped.wait()
    server.stop()
    deadline = loop.time() + _LAST_SECONDS
    while office.arriving and loop.time() < deadline:
        await asyncio.sleep(0.05)
    office.clerk.shutdown(wait=True, cancel_futures=True)


def environment(port: int, allowed: ExchangeLimits) -> dict[str, str]:
    """Return the variables that tell the service what it needs to know."""
    return {PORT_VARIABLE: str(port), LIMITS_VARIABLE: json.dumps(asdict(allowed))}


def main() -> None:
    """Run the service as the hub's environment says."""
    end_with_parent()
    logging.basicConfig(
        stream=sys.stderr, level=logging.INFO, format="[%(levelname)s exchange] %(message)s"
    )
    allowed = ExchangeLimits(**json.loads(os.environ.get(LIMITS_VARIABLE, "{}")))
    office = Office(Callers(os.environ["JUPYTERHUB_API_URL"]), allowed)
    asyncio.run(serve(int(os.environ[PORT_VARIABLE]), office))


if __name__ == "__main__":
    main()
