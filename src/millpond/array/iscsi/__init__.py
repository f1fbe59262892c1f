"""An iSCSI target (RFC 7143): error recovery level 0, one connection per session, as many sessions as come."""
