"""What a planner may write about patient flows in a site's YAML: strict models, one module a group of sections."""

from simulation.flow.schema.sections import SECTIONS, Sections

__all__ = ["SECTIONS", "Sections"]
