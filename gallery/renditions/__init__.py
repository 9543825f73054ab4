"""Which renditions there are, what they are called, and making them."""
