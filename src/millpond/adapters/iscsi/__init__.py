"""open-iscsi."""
