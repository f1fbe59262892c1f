"""The array: a software CLARiiON with two storage processors (SPs)."""
