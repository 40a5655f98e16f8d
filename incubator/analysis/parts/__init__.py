"""The parts of the analysis, each with its figures; one file for each."""
