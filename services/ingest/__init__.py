"""One way in for every file: the kinds, what is asked of each, and what became of it."""
