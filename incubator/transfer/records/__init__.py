"""Lists of applications and of jobs, on the same engine as lists of ideas."""
