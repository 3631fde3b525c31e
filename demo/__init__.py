"""The synthetic city: a seeded generator of a bureau, lawful histories and planted faults, and its way into the platform. Everybody in it is invented."""
