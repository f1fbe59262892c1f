"""High availability, decided: pure functions of what is known, no I/O and no clock.

``view``       what is known of a pool at one moment
``decision``   what may be done about it
``brain``      the one function from view to decision
``silence``    which member is silent, isolated, dead: the first of its steps
``holding``    whether a VM's lease keeps it from being started
``facts``      both, with who is seen where
``restarting`` whether a guest that is gone is started now, and what it waits for
``board``      the members as places for guests; ``domain.placement`` chooses
``affinity``   rules among VMs and servers, as placement reads them
``admission``  room for the failures that a pool tolerates
``proof``      what it takes to call a host dead
``failover``   the story of one failover, as it is told to people
"""
