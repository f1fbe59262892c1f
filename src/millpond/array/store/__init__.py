"""Where the array keeps its state: one directory, which both SPs open.

``array.json``       the state as it was at some generation, and the journal that goes on from there
``journal-<n>``      the changes since, one record each
``generation``       8 bytes that every process maps: the number of the last change
``lock``             held (flock) by whoever writes
``data/``            one sparse file for each LUN
"""
