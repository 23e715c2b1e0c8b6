from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from simulation.experiment import address as address_module
from simulation.experiment import bundle, executors
from simulation.experiment.request import Request, Scenario
from simulation.experiment.run import run
from tests.support.fake_flows import Ward

distributed = pytest.importorskip("distributed")


@pytest.fixture
def address() -> Iterator[str]:
    """A Dask cluster of this machine with two worker processes."""
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None, host="127.0.0.1"
    ) as cluster:
        yield cluster.scheduler_address


def test_a_cluster_gives_the_same_numbers(tmp_path: Path, address: str) -> None:
    """Spread over a Dask cluster, the digest is that of one process."""
    request = Request(
        kind="compare", flow="ward", scenarios=(Scenario("basis"), Scenario("more", {"beds": {"plus": 1}})), least=40
    )
    here = run(bundle.prepare(tmp_path / "here", request, Ward()), executors.in_process(), model=Ward())
    with executors.cluster(address) as cluster:
        assert cluster.workers == 2
        there = run(bundle.prepare(tmp_path / "there", request, Ward()), cluster, model=Ward())
    assert here is not None
    assert there is not None
    assert there.sha256 == here.sha256
    assert there.differences == here.differences


def test_workers_that_are_otherwise_are_refused(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A cluster with another numpy would give other numbers; it is refused with the worker and both versions."""
    here = executors.versions_now() | {"numpy": "1.0"}
    monkeypatch.setattr(executors, "versions_now", _Otherwise(here))
    with pytest.raises(executors.ClusterError, match=r"here it is 1\.0"), executors.cluster(address):
        pass


class _Otherwise:
    """Says other versions here, and the true ones where it travels to."""

    def __init__(self, here: dict[str, str]) -> None:
        self._here = here

    def __call__(self) -> dict[str, str]:
        return self._here

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return getattr, (address_module, "versions_now")


def test_a_task_that_a_worker_cannot_read_fails(tmp_path: Path, address: str) -> None:
    """A model that the workers do not have ends the run with the reason, instead of waiting for ever."""
    with executors.cluster(address) as cluster:
        model = _Unreadable()
        folder = bundle.prepare(tmp_path, Request(kind="run", flow="ward"), model)
        with pytest.raises(Exception, match=r"not here|deserializ"):
            run(folder, cluster, model=model)
    assert bundle.read_progress(folder).state == "failed"


def _not_here() -> Ward:
    raise LookupError("not here")


class _Unreadable(Ward):
    """Cannot be put together where it travels to."""

    def __reduce__(self) -> tuple[object, tuple[()]]:
        return _not_here, ()


def test_a_cluster_that_does_not_answer_is_told() -> None:
    """An address where no scheduler listens is one sentence that says what to do."""
    with (
        pytest.raises(executors.ClusterError, match="No Dask scheduler answers at tcp"),
        executors.cluster("tcp://127.0.0.1:9"),
    ):
        pass
