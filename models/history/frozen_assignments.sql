-- One row per customer, segmentation by k-means and month end with another model than the month
-- before: the segment that the model of the month before would have given.
{{ monthly_kmeans('previous_model_id') }}
