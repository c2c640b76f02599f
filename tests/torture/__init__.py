"""Processes are killed inside their writes; what is left is the state before or the one after."""
