"""nbgrader reads this file in every process that has this folder in JUPYTER_CONFIG_PATH."""

import os

from academy.grading.config import nbgrader_config

c = get_config()
c.merge(nbgrader_config(os.environ.get("ACADEMY_COURSE") or None))
