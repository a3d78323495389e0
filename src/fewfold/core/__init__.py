"""Registry, cards, errors, seeds, files and optional imports. Knows nothing of medicine."""
