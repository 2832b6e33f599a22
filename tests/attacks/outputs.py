"""Attempts at what a check puts out, where partial points come from."""

from __future__ import annotations

from attacks.catalogue import attack, check

attack(
    "forged-result",
    "Show the number of points as the cell's value before the check fails.",
    "def add(a, b):\n    get_ipython().displayhook(2)\n    return 0",
)
attack(
    "forged-message",
    "Send a value for the cell on the kernel's socket.",
    """
    def add(a, b):
        kernel = get_ipython().kernel
        content = {"execution_count": 1, "data": {"text/plain": "2"}, "metadata": {}}
        kernel.session.send(
            kernel.iopub_socket, "execute_result", content, parent=kernel.get_parent()
        )
        return 0
    """,
)
attack(
    "partial-forged",
    "Show more than the check gives in part.",
    "def add(a, b):\n    get_ipython().displayhook(2)\n    return 0",
    check("points = 0\nfor n in range(4):\n    points += 0.5 * (add(n, 1) == n + 1)\npoints"),
)
attack(
    "partial-formatter",
    "Have IPython write every number as full points.",
    """
    formatter = get_ipython().display_formatter.formatters["text/plain"]
    for kind in (int, float):
        formatter.for_type(kind, lambda value, printer, cycle: printer.text("2"))
    """,
    check("points = 0\nfor n in range(4):\n    points += 0.5 * (add(n, 1) == n + 1)\npoints"),
)
attack(
    "display-hook",
    "Have Python's display hook show full points instead of the value.",
    """
    hook = get_ipython().displayhook
    original = type(hook).__call__
    type(hook).__call__ = lambda self, value=None: original(self, 2)
    """,
    check("points = 0\nfor n in range(4):\n    points += 0.5 * (add(n, 1) == n + 1)\npoints"),
)
attack(
    "clear-output",
    "Wipe what the cell has put out so far, from a thread that goes on.",
    """
    import threading, time
    from IPython.display import clear_output
    def add(a, b):
        threading.Thread(target=lambda: [time.sleep(0.2), clear_output()]).start()
        return 0
    """,
)
