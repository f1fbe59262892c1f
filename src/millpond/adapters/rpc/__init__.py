"""The ports of an agent over HTTPS with mutual TLS: the same Protocols on both ends."""
