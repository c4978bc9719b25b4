"""What is set before any test imports torch."""

import os

# A worker a core computes on its own core only; so do the processes that tests start.
os.environ.setdefault("OMP_NUM_THREADS", "1")
