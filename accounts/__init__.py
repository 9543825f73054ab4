"""Users, who log in with their e-mail address, and their tokens."""
