"""Engines without the machinery: for scale tests, rehearsals and learning. They ship."""
