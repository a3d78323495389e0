"""How well a model finds a structure: scores of overlap and distance, and the segmenters that judge."""
