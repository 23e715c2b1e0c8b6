"""Multi-agent pickup and delivery on public maps (Ma, Li, Kumar and Koenig, AAMAS 2017), by the traffic module."""
