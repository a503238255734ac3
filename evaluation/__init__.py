"""Measures how true answers are: questions about photos and drawn shelves, over the whole path, scored by one rubric."""
