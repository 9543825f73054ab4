"""What can be done: plain functions, keyword-only, typed, atomic."""
