"""Whole servers on one machine, made of namespaces: real libvirtd, sanlock and agent in each."""
