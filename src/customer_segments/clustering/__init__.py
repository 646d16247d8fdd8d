"""Clustering core: how many segments there are, what they are, and who is in which.

Pure functions of a frame: no dbt, no database, no clock, no files.

* `fit_kmeans_segmentation`, `fit_bisecting_segmentation`: features in, one long frame out (columns:
  `schema`).
* `to_arrow`, `empty_frame`: the long frame as an Arrow table, and an empty one of its types.

Modules: `schema` (the long frame), `preparation` (checks, order, rounding, samples), `criteria`
(how good a number of clusters is), `choosing_k` (the policy and its reasons), `assignment` (the
nearest centroid), `identity` (segments of the model before, recognised), `fitting` (what all
algorithms share), `kmeans`, `bisecting` (the algorithms), `rule_card` (segments in words).
"""

from customer_segments.clustering.bisecting import fit_bisecting_segmentation
from customer_segments.clustering.kmeans import fit_kmeans_segmentation
from customer_segments.clustering.schema import empty_frame, to_arrow

__all__ = ["empty_frame", "fit_bisecting_segmentation", "fit_kmeans_segmentation", "to_arrow"]
