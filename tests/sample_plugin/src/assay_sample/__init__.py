"""A sample of plug-ins for Assay: one method, one judge, one task."""
