"""The kinds of rules that can be learnt from a table: about one column, or about several."""
