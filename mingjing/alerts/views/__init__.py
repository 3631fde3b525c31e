"""Views of the alerts, by topic."""
