"""`make onboard`: look at a file and propose how to read it as a custom source.

Nothing is guessed: what names and values leave open is a question. docs/custom_sources.md is the
reference of what is proposed.

Modules, in the order in which they work: `reading` (open the file), `settings` (what the user
says), `profiling` (count what is in a column), `names` (what columns are called), `mapping` (which
column is what), `dates` and `numbers` (how values are written), `formats`, `consequences` (what
follows), `proposal` (all of it), `report` (as text), `vars_file` (as YAML), `check` (in a build
that is thrown away). `draft` holds what is known so far.
"""
