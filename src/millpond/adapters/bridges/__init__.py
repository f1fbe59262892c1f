"""Linux bridges, VLANs and bonds over netlink."""
