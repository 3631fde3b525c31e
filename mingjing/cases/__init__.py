"""Incidents, cases, their people, measures and times: everything that the law speaks of in a case."""
