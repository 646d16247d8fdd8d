"""Customers placed by a stored model: new ones, or those of another file. Nothing is fitted again."""
