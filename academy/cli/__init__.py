"""The ``academy`` command: one sub-command group a module."""
