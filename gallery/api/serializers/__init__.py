"""The shapes of JSON: separate ones to read and to write, no verbs."""
