"""Every JupyterLab server of the Academy: no news, no telemetry, the Academy's defaults."""

from pathlib import Path

c = get_config()  # noqa: F821

c.LabApp.app_settings_dir = str(Path(__file__).parent / "settings")
c.LabApp.news_url = None
c.LabApp.check_for_updates_class = "jupyterlab.NeverCheckForUpdate"
c.LabApp.collaborative = False
c.LabApp.extension_manager = "readonly"
# Not a login shell: the system's profile would take the `academy` command from the path.
c.ServerApp.terminado_settings = {"shell_command": ["/bin/bash"]}
# JupyterHub notes whose session it gives a cookie to, by what stands in the person's own cookies.
c.ServerApp.logging_config = {"loggers": {"tornado.application": {"level": "WARNING"}}}
# Saved work survives a server that is stopped in mid-write.
c.FileContentsManager.use_atomic_writing = True
c.FileContentsManager.delete_to_trash = False
c.MappingKernelManager.cull_idle_timeout = 3600
c.MappingKernelManager.cull_interval = 300
