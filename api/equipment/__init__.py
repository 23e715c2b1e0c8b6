"""Equipment as the HTTP interface shows it: the way to its process, the bodies, and how its views are written."""
