"""Contestants: each module here is a process of its own, run by the Python of its environment."""
