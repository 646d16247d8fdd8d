-- One row per account in the fit of bank_sequences: its segment, with the distances to the own and
-- the nearest other centroid, in SQL.
{{ config(enabled=is_on('bank')) }}
{{ kmeans_assignments('bank_sequences', labelled=true) }}
