"""What the neural generators share: one code of mixed kinds, small networks, and when to stop training them."""
