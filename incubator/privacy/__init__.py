"""What is held about a person: told to whoever asks, and erased."""
