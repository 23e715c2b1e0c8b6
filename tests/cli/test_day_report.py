"""The figures of a day, on days small enough to count by hand."""

from __future__ import annotations

from api.day.report import CarrierTotals, Ending, lost, minutes_by_load, on_time_share, quantile, since, use_by_fleet

MINUTE_MS = 60_000


def ending(id: str, minutes: float | None, *, load: str = "meal", state: str = "delivered", due: float = 30) -> Ending:
    """A job that was ready at 0 and delivered after some minutes."""
    delivered_ms = None if minutes is None else round(minutes * MINUTE_MS)
    return Ending(id=id, load=load, state=state, ready_ms=0, due_ms=round(due * MINUTE_MS), delivered_ms=delivered_ms)


def totals(id: str, busy_s: float, loaded_m: float, empty_m: float) -> CarrierTotals:
    return CarrierTotals(id=id, mode="robot", fleet="cart", busy_s=busy_s, loaded_m=loaded_m, empty_m=empty_m)


def test_quantiles_are_by_nearest_rank() -> None:
    """Of the values 1 to 20 the median is the 10th, p95 the 19th and p99 the 20th."""
    values = [float(value) for value in range(1, 21)]
    assert (quantile(values, 0.5), quantile(values, 0.95), quantile(values, 0.99)) == (10, 19, 20)


def test_minutes_are_from_ready_to_delivered_by_load() -> None:
    """Meals took 10 and 40 minutes, one of them after its deadline of 30; the cancelled one does not count."""
    endings = [ending("1", 40), ending("2", 10), ending("3", None, state="cancelled"), ending("4", 5, load="linen")]
    figures = minutes_by_load(endings)
    assert list(figures) == ["linen", "meal"]
    meal = figures["meal"]
    assert (meal.delivered, meal.on_time_share, meal.p50, meal.p99) == (2, 0.5, 10, 40)


def test_a_job_that_neither_ended_nor_is_in_trouble_is_lost() -> None:
    """A waiting job and one that the service no longer knows are lost; delivered, cancelled and trouble are not."""
    endings = [
        ending("a", 1),
        ending("b", None, state="cancelled"),
        ending("c", None, state="trouble"),
        ending("d", None, state="waiting"),
    ]
    assert lost(["a", "b", "c", "d", "e"], endings) == ("d meal waiting", "e unknown")


def test_overdue_jobs_count_against_the_share_on_time() -> None:
    """At minute 31 one of two delivered is on time and one open job is overdue: 1 of 3.

    The cancelled job and the one that is due at 60 are not judged.
    """
    endings = [
        ending("a", 10),
        ending("b", 40),
        ending("c", None, state="trouble"),
        ending("d", None, state="cancelled"),
        ending("e", None, state="waiting", due=60),
    ]
    assert on_time_share(endings, now_ms=31 * MINUTE_MS) == 0.3333


def test_use_is_over_all_carriers_of_a_fleet() -> None:
    """Two robots worked 1800 s and 0 s of an hour: 25 %; 100 of their 400 m were empty: 25 %."""
    use = use_by_fleet([totals("R1", 1800, 300, 100), totals("R2", 0, 0, 0)], window_s=3600)["cart"]
    assert (use.carriers, use.utilisation, use.empty_share) == (2, 0.25, 0.25)


def test_a_fleet_that_stood_still_has_no_empty_share() -> None:
    """Nothing divided by nothing is not zero."""
    assert use_by_fleet([totals("R1", 0, 0, 0)], window_s=3600)["cart"].empty_share is None


def test_what_was_before_the_day_does_not_count() -> None:
    """Only the difference between the two looks is of the day; a carrier that came meanwhile counts whole."""
    before = [totals("R1", 100, 10, 1)]
    after = [totals("R1", 150, 30, 2), totals("R2", 7, 5, 3)]
    assert since(before, after) == [totals("R1", 50, 20, 1), totals("R2", 7, 5, 3)]
