"""Code for a kernel: which of its sockets, pipes and events a table with places takes away."""

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
# Files come and go: a library's own, IPython's history.
lasting = ("anon_inode:", "pipe:", "socket:")
taken = [one for n, one in before.items() if one.startswith(lasting) and after.get(n) != one]
"""
