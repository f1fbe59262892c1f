"""The manager's certificate authority, and the TLS between manager and agents."""
