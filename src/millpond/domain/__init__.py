"""Pure entities, states and decisions. Nothing here does I/O."""
