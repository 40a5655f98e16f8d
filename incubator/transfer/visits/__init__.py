"""Lists of visits, on the same engine as lists of ideas."""
