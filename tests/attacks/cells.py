"""Attempts at how cells are run, and at the kernel's replies."""

from __future__ import annotations

from attacks.catalogue import attack

attack(
    "ast-transformer",
    "Have IPython take assertions out of every cell.",
    """
    import ast
    class NoAsserts(ast.NodeTransformer):
        def visit_Assert(self, node):
            return ast.copy_location(ast.Pass(), node)
    get_ipython().ast_transformers.append(NoAsserts())
    """,
)
attack(
    "input-transformer",
    "Have IPython make comments of lines with assertions.",
    """
    get_ipython().input_transformers_post.append(
        lambda lines: [line.replace("assert ", "pass  # ") for line in lines]
    )
    """,
)
attack(
    "input-cleanup",
    "Have IPython clean cells of their assertions before anything else.",
    """
    get_ipython().input_transformer_manager.cleanup_transforms.insert(
        0, lambda lines: [line.replace("assert ", "pass  # ") for line in lines]
    )
    """,
)
attack(
    "run-cell",
    "Have IPython run nothing from now on, and say that it went well.",
    """
    from IPython.core.interactiveshell import ExecutionResult, InteractiveShell
    async def run_cell_async(self, *arguments, **options):
        return ExecutionResult(None)
    InteractiveShell.run_cell_async = run_cell_async
    """,
)
attack(
    "run-code",
    "Have IPython run no compiled code from now on.",
    """
    async def run_code(*arguments, **options):
        return False
    get_ipython().run_code = run_code
    """,
)
attack(
    "kernel-do-execute",
    "Have the kernel answer every request to run code with success.",
    """
    async def do_execute(*arguments, **options):
        return {"status": "ok", "execution_count": 1, "payload": [], "user_expressions": {}}
    type(get_ipython().kernel).do_execute = do_execute
    """,
)
attack(
    "reply-rewritten",
    "Rewrite the kernel's replies, and send no errors.",
    """
    session = get_ipython().kernel.session
    send = session.send
    def forged(stream, kind, content=None, *arguments, **options):
        name = kind if type(kind) is str else kind["header"]["msg_type"]
        if name == "error":
            return None
        if name == "execute_reply":
            content = {"status": "ok", "execution_count": 1, "payload": [], "user_expressions": {}}
        return send(stream, kind, content, *arguments, **options)
    session.send = forged
    """,
)
attack(
    "reply-by-hand",
    "Send the reply by hand while the check runs, and end the process.",
    """
    def add(a, b):
        import os, time
        kernel = get_ipython().kernel
        parent = kernel.get_parent()
        ident = kernel._get_shell_context_var(kernel._shell_parent_ident)
        stream = kernel.shell_stream
        if kernel._supports_kernel_subshells:
            manager = kernel.shell_channel_thread.manager
            stream = manager.get_subshell_to_shell_channel_socket(None)
        content = {"status": "ok", "execution_count": 1, "payload": [], "user_expressions": {}}
        kernel.session.send(stream, "execute_reply", content, parent, ident=ident)
        kernel._publish_status("idle", "shell", parent)
        time.sleep(0.5)
        os._exit(0)
    """,
)
attack(
    "show-no-traceback",
    "Show no errors.",
    """
    shell = get_ipython()
    for name in ("showtraceback", "_showtraceback", "showsyntaxerror"):
        setattr(shell, name, lambda *arguments, **options: None)
    """,
)
attack(
    "custom-exception",
    "Have IPython treat failed assertions by a handler of one's own.",
    """
    get_ipython().set_custom_exc((AssertionError,), lambda *arguments, **options: None)
    """,
)
attack(
    "system-exit",
    "Leave the check by an exception that ends programs.",
    """
    class Done(SystemExit):
        code = 0
    def add(a, b):
        raise Done
    """,
)
attack(
    "exit-command",
    "Leave the check by `exit()`.",
    "def add(a, b):\n    get_ipython().ask_exit()\n    exit()",
)
attack(
    "end-the-process",
    "End the process in the middle of the check.",
    "import os\ndef add(a, b):\n    os._exit(0)",
)
attack(
    "close-output",
    "Close the output, so that no error can be written.",
    "import sys\nsys.stdout.write = sys.stderr.write = lambda text: len(text)",
)
attack(
    "no-get-ipython",
    "Have `get_ipython` return something that swallows everything.",
    """
    import builtins
    class Nothing:
        def __getattr__(self, name):
            return lambda *arguments, **options: Nothing()
    builtins.get_ipython = get_ipython = lambda: Nothing()
    """,
)
attack(
    "exit-hooks",
    "Send a forged value when the process ends.",
    """
    import atexit
    atexit.register(lambda hook=get_ipython().displayhook: hook(2))
    """,
)
