"""Results that travel with the package: `packing` makes them of a finished run, `taking` hands them
to a run that has planned the very same cells.

One file a suite, SUITE.zip: the rows of the findings, answers and scores with the runs that made
them, every picture small, and of the truth what reports show.
"""
