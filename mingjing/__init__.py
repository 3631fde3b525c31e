"""The web platform: people, cases, one ledger, and ways in. Built on `rulebook`, which never imports it."""
