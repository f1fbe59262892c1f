"""``naviseccli``: its grammar, its commands, and the two ends of the wire between them.

``grammar``    what a command line may say; ``registry`` has all commands in one table
``families``   one module for each group of commands: from the options to the model and back to text
``server``     an SP's end: TLS, users, audit log
``client``     the program that administrators type
"""
