"""Packages of VMs on this server: reading what others made, and making our own."""
