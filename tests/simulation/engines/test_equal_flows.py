"""Every flow that the project declares runs alike in both engines."""

from __future__ import annotations

from pathlib import Path

import pytest

from simulation.flow.load import load_flows
from simulation.flow.resolve import resolve
from simulation.sampling import draw_sample
from simulation.ticks import DAY, HOUR
from tests.simulation.engines.equality import assert_engines_agree

ROOT = Path(__file__).parents[3]
EXAMPLES = sorted(ROOT.glob("tests/simulation/flow/examples/*.yaml"))
SITES = sorted(site.parent.name for site in ROOT.glob("site_models/*/site.yaml"))


@pytest.mark.slow
@pytest.mark.parametrize("place", [*SITES, *EXAMPLES], ids=lambda place: Path(place).stem)
def test_declared_flows(place: str | Path) -> None:
    """Three days of each declared flow, one of them warm-up, leave the same log and figures in both engines."""
    declared = load_flows(place)
    for flow in declared.flow_ids:
        plan = resolve(declared, flow, warm_up=DAY, runs=2 * DAY)
        replication = assert_engines_agree(plan, draw_sample(plan, 1, 0))
        assert (replication.outcome >= 0).any(), f"{flow}: nobody left"


@pytest.mark.parametrize("file", sorted(ROOT.glob("tests/published/*.yaml")), ids=lambda file: file.stem)
def test_published_flows(file: Path) -> None:
    """So do some hours of each flow that reproduces published figures."""
    declared = load_flows(file)
    for flow in declared.flow_ids:
        plan = resolve(declared, flow, warm_up=HOUR, runs=6 * HOUR)
        assert_engines_agree(plan, draw_sample(plan, 1, 0))
