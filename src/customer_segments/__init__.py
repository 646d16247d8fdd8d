"""Pure Python parts of the customer-segmentation warehouse."""
