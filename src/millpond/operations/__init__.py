"""Everything Millpond can be asked to change: one operation a file, on the ports alone."""
