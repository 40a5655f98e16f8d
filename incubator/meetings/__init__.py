"""The weekly meeting about the board: its agenda, what was decided, the minutes."""
