"""Images of LUNs in another array."""
