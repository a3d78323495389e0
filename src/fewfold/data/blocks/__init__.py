"""Modalities beside the table."""
