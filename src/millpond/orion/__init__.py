"""ORION: how many small and large I/Os a volume sustains, at rising loads, as Oracle's tool of that name
asks it. The I/O is fio's; what is here are the loads, the arguments, and the files of results."""
