"""What the array is made of, and the rules for changing it: no I/O, immutable states, pure commands.

A command is a function from a state to the next one; it raises ``Refusal`` and then nothing happened.
"""
