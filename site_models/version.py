"""Names a layout by its content, so that plans and closures can say which building they were made for."""

from __future__ import annotations

import dataclasses
import hashlib

from site_models.layout import Layout


def content_version(layout: Layout) -> Layout:
    """The layout with `version` set to the SHA-256 of everything else in it."""
    digest = hashlib.sha256()
    for part in (*layout.nodes, *layout.lanes, *layout.robots):
        digest.update(repr(part).encode())
    for name, known in (*layout.stations.items(), *layout.rooms.items()):
        digest.update(f"{name} {known.model_dump_json()}".encode())
    return dataclasses.replace(layout, version=digest.hexdigest())
