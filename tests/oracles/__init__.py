"""Independent test oracles, written from the mathematics alone.  They import nothing of spikemath."""
