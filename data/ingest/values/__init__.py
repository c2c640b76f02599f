"""Texts of cells as dates, times of day, numbers and coordinates; never guessed."""
