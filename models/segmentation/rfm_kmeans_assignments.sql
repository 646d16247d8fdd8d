-- One row per customer in the fit of rfm_kmeans: the nearest centroid, assigned in SQL.
{{ kmeans_assignments('rfm_kmeans') }}
