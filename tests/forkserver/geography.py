"""Code for a kernel: which of its open files, sockets and pipes a table with places takes away."""

TAKEN_AWAY = """
import os

def open_now():
    found = {}
    for number in os.listdir("/proc/self/fd"):
        try:
            found[number] = os.readlink(f"/proc/self/fd/{number}")
        except OSError:
            pass
    return found

before = open_now()
from academy.datasets import load_dataset
load_dataset("census-tracts").to_crs(3857)
after = open_now()
# A library may close its own file and open it anew.
taken = [one for n, one in before.items() if after.get(n) != one and not one.endswith("proj.db")]
"""
