"""Attempts to read a check, before or after it runs."""

from __future__ import annotations

from attacks.catalogue import answer, attack, check

#: A check comes twice. The first fails; what it asked for is to be found by then.
TWICE = "assert add(123, 4321) == 4444"
FIND = "\nimport re\nfound = re.search(r'== (\\d+)', str(text))\n"
USE = "def add(a, b):\n    return int(found[1]) if found else 0\n"


def reading(name: str, aim: str, source: str) -> None:
    """Add an attempt to read a check after it has run."""
    cell = answer(f"text = ''\n{source}{FIND}{USE}")
    attack(name, aim, "", check(TWICE), cell, check(TWICE))


reading("read-in", "Read a check from IPython's list of inputs.", "text = In")
reading("read-i", "Read a check from IPython's variables for the last inputs.", "text = _i + _ii")
reading(
    "read-history",
    "Read a check from IPython's history.",
    "text = list(get_ipython().history_manager.get_range(raw=False))",
)
reading(
    "read-linecache",
    "Read a check from Python's cache of lines.",
    "import linecache\n"
    "text = [lines for name, lines in linecache.cache.items() if 'ipykernel_' in name]",
)
reading(
    "read-traceback",
    "Read a check from the traceback of its failure.",
    """
import sys, traceback
text = traceback.format_exception(getattr(sys, "last_value", ValueError()))
""",
)
reading(
    "read-last-frame",
    "Read a check from the frames of its failure.",
    """
import sys
trace, text = getattr(sys, "last_traceback", None), []
while trace is not None:
    text += [f"== {value}" for value in trace.tb_frame.f_code.co_consts if value == 4444]
    trace = trace.tb_next
""",
)
reading(
    "read-parent",
    "Read a check from the request that the kernel keeps.",
    """
kernel = get_ipython().kernel
text = [kernel.get_parent(), kernel._shell_context.items()]
""",
)
attack(
    "spy-before-cell",
    "Read a check when IPython says that it is about to be run.",
    """
    import re
    answers = []
    def spy(info):
        answers.extend(int(number) for number in re.findall(r"== (\\d+)", info.raw_cell))
    get_ipython().events.register("pre_run_cell", spy)
    def add(a, b):
        return answers.pop(0) if answers else 0
    """,
)
attack(
    "spy-kernel",
    "Read a check where the kernel takes requests.",
    """
    import re
    answers, kernel = [], type(get_ipython().kernel)
    original = kernel.do_execute
    async def do_execute(self, code, *arguments, **options):
        answers.extend(int(number) for number in re.findall(r"== (\\d+)", code))
        return await original(self, code, *arguments, **options)
    kernel.do_execute = do_execute
    def add(a, b):
        return answers.pop(0) if answers else 0
    """,
)
attack(
    "spy-messages",
    "Read a check where messages are unpacked.",
    """
    import re
    answers, session = [], get_ipython().kernel.session
    unpack = session.unpack
    def spy(text):
        answers.extend(int(number) for number in re.findall(r"== (\\d+)", str(bytes(text))))
        return unpack(text)
    session.unpack = spy
    def add(a, b):
        return answers.pop(0) if answers else 0
    """,
)
attack(
    "spy-compile",
    "Read a check where it is compiled.",
    """
    import builtins, re
    answers, original = [], compile
    def compile(source, *arguments, **options):
        if type(source) is str:
            answers.extend(int(number) for number in re.findall(r"== (\\d+)", source))
        return original(source, *arguments, **options)
    builtins.compile = compile
    def add(a, b):
        return answers[0 if a == 2 else 1] if len(answers) > 1 else 0
    """,
)
attack(
    "spy-parser",
    "Read a check where IPython parses it.",
    """
    import ast
    answers, shell = [], get_ipython()
    original = shell.compile.ast_parse
    def ast_parse(source, *arguments, **options):
        tree = original(source, *arguments, **options)
        answers.extend(
            node.comparators[0].value for node in ast.walk(tree) if isinstance(node, ast.Compare)
        )
        return tree
    shell.compile.ast_parse = ast_parse
    def add(a, b):
        return answers.pop(0) if answers else 0
    """,
)
attack(
    "spy-audit",
    "Be told by Python of all code that is about to be run.",
    """
    import sys
    numbers = []
    def hook(event, arguments):
        if event == "exec":
            numbers[:] = [one for one in arguments[0].co_consts if type(one) is int]
    sys.addaudithook(hook)
    def add(a, b):
        return numbers[-1] if numbers else 0
    """,
)
