"""Readers of open-data portals; only a refresh uses them."""
