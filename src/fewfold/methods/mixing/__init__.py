"""New training samples from two."""
