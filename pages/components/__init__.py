"""Pieces that every page draws with."""
