"""The pool's records as JSON files in its cluster root."""

from millpond.adapters.records.directory import DirectoryRecords

__all__ = ["DirectoryRecords"]
