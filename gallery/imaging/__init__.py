"""Pure imaging: bytes, pixels and numbers. No Django here, and Pillow nowhere else."""
