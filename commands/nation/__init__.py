"""Commands for many provinces at once."""
