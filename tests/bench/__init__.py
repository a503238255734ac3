"""The benchmark as a whole, and the figures that the project stands for."""
