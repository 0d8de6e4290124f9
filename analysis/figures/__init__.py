"""Figures: each is its data, drawn in one style."""
