"""Other products' descriptions of VMs: text in, a ``ForeignVm`` out, and back. Nothing here opens a
file, runs a program or asks the network."""
