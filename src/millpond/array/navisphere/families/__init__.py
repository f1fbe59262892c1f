"""One module for each group of commands. Each has ``COMMANDS``."""
