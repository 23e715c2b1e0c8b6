"""All sections about patient flows in one frozen object."""

from __future__ import annotations

from simulation.flow.schema.arrivals import Arrivals, Attribute, Pattern
from simulation.flow.schema.outputs import Flow, Output, Scenario, WaitingRight
from simulation.flow.schema.resources import Resource
from simulation.flow.schema.steps import Pathway
from site_models.schema.base import Model


class Sections(Model):
    """The declared flows of a site, as they are written; names are not resolved here."""

    resources: tuple[Resource, ...] = ()
    attributes: tuple[Attribute, ...] = ()
    arrival_patterns: tuple[Pattern, ...] = ()
    arrivals: tuple[Arrivals, ...] = ()
    pathways: tuple[Pathway, ...] = ()
    waiting_rights: tuple[WaitingRight, ...] = ()
    outputs: tuple[Output, ...] = ()
    flows: tuple[Flow, ...] = ()
    scenarios: tuple[Scenario, ...] = ()


SECTIONS = frozenset(Sections.model_fields)
