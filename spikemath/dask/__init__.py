"""Operators on dask arrays: recordings larger than a machine, on as many workers as there are.

    LIF, and all that has a state of its own     a chain along time for each block of channels
    IF and send-on-delta (modulo)                a scan: parallel in time as well (theory D3)

The answer is that of one machine, bit for bit, whatever the chunks, the scheduler, and the workers that die.
"""

from spikemath.dask.encode import encode, encode_dataset, encode_to_zarr

__all__ = ["encode", "encode_dataset", "encode_to_zarr"]
