"""Numbers that say what an image looks like: what classical models learn from, and a space to compare images in."""
