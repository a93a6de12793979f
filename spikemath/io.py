"""Files: spike trains and encodings, written exactly and read back equal, and recordings of the usual formats.

A spike file is an ordinary .npz without pickle. Anybody can read the float64 view from it with ``numpy.load``:

    times, weights [, counts], channel     one entry per event, channel after channel
    indptr                                 channel c has the events indptr[c] : indptr[c + 1]

The exact instants and weights (architecture.md) are rebuilt from ``hi``, ``lo`` and ``terms``, and from ``header``, a JSON
text that holds what is no array: the schema, the rational time axes, the domains, the thresholds, the operator. A file
either is complete or does not exist: it is written beside its place, flushed, and moved there.
"""

from __future__ import annotations

import json
import os
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from spikemath.operators import IF, LIF, Encoding, SendOnDelta
from spikemath.recordings import Recording, read_recording
from spikemath.signals import SpikeTrain, SpikeTrains
from spikemath.signals.axis import Axis
from spikemath.signals.exact_weights import lattice
