"""Ways in for files and other systems: batches of rows, the watched folder, and the interface with its keys."""
