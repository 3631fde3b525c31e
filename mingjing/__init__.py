"""The web platform. A placeholder: it is built on `rulebook`, which never imports it."""
