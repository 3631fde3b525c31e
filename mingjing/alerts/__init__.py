"""From findings to their cure: clocks, alerts, notices, and the quality of the rules. The only app that runs the rulebook."""
