"""Products: the worked example of a model with a gallery."""
