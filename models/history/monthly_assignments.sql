-- One row per customer, segmentation by k-means and month end: the segment by the model in force
-- then.
{{ monthly_kmeans('model_id') }}
