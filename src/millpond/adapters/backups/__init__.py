"""Backups in directories, written and read by one server."""
