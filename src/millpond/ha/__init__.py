"""High availability at work: the loops that every server runs beside its agent.

``env``        all they see and touch of the world
``place``      a server's place in its pool: lockspace, leases, patiences
``sightings``  how long ago each host was last seen to live
``keeper``     on every member: its lockspace, its guests' safety, what it answers to a pulse
``election``   on every member: who is pool master, and becoming it
``monitor``    on the master: what is known of the pool
``master``     on the master: look, decide, act
``actions``    what each decision does
``fencing``    from devices' claims to a proof
``world``      the operations' world, as a pool master has it
``service``    all of it together, and the port ``Ha``

Time is the event loop's, and a wall clock that is only ever told to people; there are no threads and
nothing is random, so the simulator runs this code as it is.
"""
