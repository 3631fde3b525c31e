"""Benchmarks: how fast rules are judged, against another tool and against a plain scan. Run them with `make bench`."""
