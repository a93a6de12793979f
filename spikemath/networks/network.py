"""A network of layers; see below."""


class Network:
    """Placeholder until the network is written (same branch)."""


class Run:
    """Placeholder until the network is written (same branch)."""
