"""Run the command line as ``python -m academy``."""

from academy.cli.main import main

main()
