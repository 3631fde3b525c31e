"""Tiny helpers, one topic a file. Knows nothing of the other apps."""
