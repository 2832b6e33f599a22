"""Wiring: load the operator's settings, apply them, load the operator's own fragments."""

from academy import paths
from academy.courses.live import live_courses
from academy.hub.configurer import apply_settings
from academy.hub.prepare import course_ids
from academy.hub.settings import load_settings

c = get_config()

apply_settings(c, load_settings(course_ids=course_ids()), live_courses())

for fragment in sorted(paths.checkout().glob("hub_config/jupyterhub_config.d/*.py")):
    load_subconfig(str(fragment))
