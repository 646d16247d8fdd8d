-- One row per customer in the fit of rfe_kmeans: the nearest centroid, assigned in SQL.
{{ kmeans_assignments('rfe_kmeans') }}
