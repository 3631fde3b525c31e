"""The pages of people, units, break-glass, the own account and the platform itself. Short: parse, one action or query, draw."""
