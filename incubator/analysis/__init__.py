"""Where the work leaks and where it stands still: figures over time, from the facts."""
