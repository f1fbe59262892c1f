"""Guests through libvirt's QEMU driver: KVM where it works, TCG elsewhere."""
