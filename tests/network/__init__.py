"""The project's hosts as hosts: each in a network namespace of its own, with a network between them that can be cut and slowed."""
