"""Files that people send in, from disk or browser, as tables of text."""
