"""One finding of several: one module a combiner."""
