"""Pictures that are painted by a network's gradient."""
