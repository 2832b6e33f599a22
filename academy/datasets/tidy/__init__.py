"""One module a dataset: from the portal's rows to the Academy's table, in named steps."""
