"""What the data mean: pure functions, frames in and frames out. May import ``geo`` only."""
