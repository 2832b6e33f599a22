"""The Citizen Data Academy: a free data school that a city-parish runs for its people."""

__version__ = "0.1.0"
