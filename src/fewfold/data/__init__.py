"""Cohort, schema and provenance; readers and writers; data sets."""
