"""Breaking a lab's servers at random, under a checker that believes nobody but the world.

``stamps``   what each guest writes on a disk of its own, so that two writers would show
``census``   which QEMU processes there are, and in which server
``checker``  watches both all the time and notes every violation
``faults``   what is done to servers
``plan``     in which order, from the seed
``judge``    whether the guests that nobody touches were back in time
``load``     what is asked of the manager meanwhile
``run``      one run of it all
``report``   what it found
``clock``    real time, or hurried by a test
"""
