"""A blind reading of a run: what somebody else sees in its findings, held against its judge."""
