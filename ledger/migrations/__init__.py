"""The schema's history, a revision at a time; revisions import no room."""
