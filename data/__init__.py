"""Files, SQL and network. Validated frames out. May import ``geo`` only."""
