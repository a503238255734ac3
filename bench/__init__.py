"""What the house adds, carries and costs, measured beside a plain relay in the same run (scripts/bench)."""
