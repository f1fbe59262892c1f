"""OCFS2 and o2cb, its cluster stack."""
