"""Deterministic sample data in the publishers' own file formats.

`python -m customer_segments.sample_data --help` writes raw files for five source systems. Every
row is generated, none is copied; the quirks of the published files are planted on purpose, and so
are behaviour groups (the truth that a segmentation should find again), which no raw file names.

The same arguments give the same content on every machine: each system draws from its own streams
of `random.Random`, seeded by text, and neither hash order nor floating-point sums are used.
"""
