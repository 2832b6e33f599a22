"""The hub: settings, accounts, access, learners' homes and servers."""
