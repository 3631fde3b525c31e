"""One append-only, hash-chained history of everything that happens. `record()` is the only door."""
