"""What two arrays say to each other: each SP has one connection to an SP of the other, over TLS."""
