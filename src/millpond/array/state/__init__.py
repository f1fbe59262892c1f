"""What both SPs share, and what survives them: reservations and owners of LUNs."""
