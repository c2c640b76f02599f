"""Where things are: codes, names, coordinates and boundaries. Imports nothing of ours."""
