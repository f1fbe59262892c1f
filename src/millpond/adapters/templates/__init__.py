"""Templates built from what is installed on this machine."""
