"""How far each transform moves the features of real images, and what a model makes of them: where safe ends."""
