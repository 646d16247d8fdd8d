-- One row per customer in the fit of insiders: the nearest centroid, or what the fit said where its
-- segments are not those of the nearest centroid.
{{ config(enabled=is_on('online_retail')) }}
{{ kmeans_assignments('insiders', labelled=true) }}
