"""Lists of companies and of the people there, on the same engine as lists of ideas."""
