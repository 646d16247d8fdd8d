-- One row per card holder in the fit of card_autoencoder: the nearest centroid, assigned in SQL, or
-- the label of the fit where that is another.
{{ config(enabled=is_on('credit_card')) }}
{{ kmeans_assignments('card_autoencoder', labelled=true) }}
