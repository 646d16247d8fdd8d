"""Customers of a file placed by a stored model: nothing is fitted again."""
