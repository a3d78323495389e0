"""What people read: reads a result, recomputes nothing."""
