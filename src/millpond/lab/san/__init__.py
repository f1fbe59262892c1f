"""A SAN lab: whole machines with kernels of their own, two storage networks and the array with two SPs."""
