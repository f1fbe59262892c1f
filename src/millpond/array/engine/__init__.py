"""Where a LUN's data lie."""
