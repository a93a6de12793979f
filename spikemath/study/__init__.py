"""Rate-distortion studies: a recording through every operator and decoder, over a sweep of thresholds.

`grid` makes the jobs, `run` does them (in processes, resumable), `table` and `figure` show what came out.
"""

from spikemath.study._job import Job, Point
from spikemath.study._run import grid, run
from spikemath.study._show import figure, table, write_table

__all__ = ["Job", "Point", "figure", "grid", "run", "table", "write_table"]
