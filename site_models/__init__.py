"""What is this hospital? A site is data: YAML files that people write, checked and expanded to a floor graph."""
