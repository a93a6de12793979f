"""Certificates against oracles, and trains that must be refuted."""
