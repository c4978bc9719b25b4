"""Tools under test, one file each."""
