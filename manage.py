#!/usr/bin/env python
"""Django's own entry point; `mingjing` on the command line is the same."""

from mingjing.command import main

if __name__ == "__main__":
    main()
