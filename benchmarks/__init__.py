"""Measure renditions against other libraries on this machine: `python -m benchmarks --help`."""
