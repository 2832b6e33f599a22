"""The hub: settings, accounts, access, learners' homes and servers."""

from academy.lean import put_off_iri_grammar

put_off_iri_grammar()
