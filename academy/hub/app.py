"""The hub's process: JupyterHub, open for learners before its slow services are up."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Any

from jupyterhub.app import JupyterHub
from jupyterhub.objects import Server
from jupyterhub.utils import AnyTimeoutError
from traitlets import Bool

from academy.hub.forking import Keeper
from academy.hub.spawner import AcademySpawner

# A formgrader that takes longer than this is broken.
SERVICE_SECONDS = 120


class AcademyHub(JupyterHub):
    """JupyterHub that starts web services in the background, one after the other.

    JupyterHub waits for each service before it answers anybody. A course's formgrader takes
    seconds to start, so with a dozen courses a class would wait for a minute.
    """

    forks_servers = Bool(False, help="Whether learners' servers are forked.").tag(config=True)

    def __init__(self, **traits: Any) -> None:
        super().__init__(**traits)
        self._one_service_at_a_time = asyncio.Lock()
        self._starting_services: set[asyncio.Task[bool]] = set()

    async def initialize(self, *arguments: Any, **options: Any) -> None:
        """Begin with the template: it imports while everything else starts."""
        await super().initialize(*arguments, **options)
        if self.forks_servers:
            AcademySpawner.keeper = Keeper(self.log)
            AcademySpawner.keeper.start()

    async def start_service(self, service_name: str, service: Any, ssl_context: Any = None) -> bool:
        """Start a service; one with an address is waited for in the background.

        Parameters
        ----------
        service_name
            The service's name.
        service
            The hub's service object.
        ssl_context
            For services that are reached over the hub's internal TLS.
        """
        if not service.url:
            started: bool = await super().start_service(service_name, service, ssl_context)
            return started
        if not service.managed:
            return True
        task = asyncio.create_task(self._start_later(service_name, service, ssl_context))
        self._starting_services.add(task)
        task.add_done_callback(self._starting_services.discard)
        return True

    async def _start_later(self, service_name: str, service: Any, ssl_context: Any) -> bool:
        """Start a service when its turn comes; on a busy machine that may take a while."""
        async with self._one_service_at_a_time:
            self.log.info("Starting managed service %s at %s", service_name, service.url)
            await service.start()
            server = Server.from_orm(service.orm.server)
            for _ in range(SERVICE_SECONDS // 2):
                with suppress(TimeoutError, AnyTimeoutError):
                    await server.wait_up(http=True, timeout=2, ssl_context=ssl_context)
                    return True
                if await service.spawner.poll() is not None:
                    break
        self.log.error("The service %s did not start; learners are not affected", service_name)
        return False


if __name__ == "__main__":
    AcademyHub.launch_instance()
