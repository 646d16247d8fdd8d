-- One row per customer in the fit of superstore_bisecting: the leaf of the tree, assigned in SQL.
{{ config(enabled=is_on('superstore')) }}
{{ tree_assignments('superstore_bisecting') }}
