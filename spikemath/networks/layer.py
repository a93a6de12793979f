"""A layer of neurons; see below."""


class Layer:
    """Placeholder until the layer is written (same branch)."""
