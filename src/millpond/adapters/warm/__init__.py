"""Warm import: disks copied in rounds while their VM runs elsewhere."""
