"""`python -m spikemath.cli` is `spikemath`."""

from spikemath.cli import main

main()
