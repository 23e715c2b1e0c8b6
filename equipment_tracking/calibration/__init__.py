"""Calibration: a survey is walked, a site's model is learned from it, and labels that come later re-train it."""
