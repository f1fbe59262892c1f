"""dm-multipath."""
