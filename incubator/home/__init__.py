"""What a person comes home to: one search over everything, and the language."""
