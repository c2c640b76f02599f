"""The metric projection of the tests' frames: around the shipped province."""

from geo.crs import metric_crs

METRIC_CRS = metric_crs(107.0, -2.5)
