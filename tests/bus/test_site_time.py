"""Site time between two words of the dispatcher."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bus.site_time import SiteTime


def test_time_runs_on_at_the_factor() -> None:
    """Told 1,000,000 at 300 times: two seconds later 600 s more."""
    time = SiteTime()
    assert not time.known
    time.hear(1_000_000, 300, 50.0)
    assert time.now_ms(52.0) == 1_600_000
    assert time.wait_ms(1_900_000, 52.0) == 1000


def test_a_paused_clock_waits_and_looks_again() -> None:
    """At factor 0 nothing falls due; the next clock may change that."""
    time = SiteTime()
    time.hear(1_000_000, 0, 50.0)
    assert time.now_ms(99.0) == 1_000_000
    assert time.wait_ms(1_000_001, 99.0) > 0


@given(st.lists(st.tuples(st.floats(0, 5), st.integers(0, 10**6), st.sampled_from([0.0, 1.0, 300.0])), max_size=20))
def test_time_never_runs_backwards(words: list[tuple[float, int, float]]) -> None:
    """Whatever the dispatcher says and whenever."""
    time, now_s, seen = SiteTime(), 0.0, []
    for passed_s, site_ms, factor in words:
        now_s += passed_s
        seen.append(time.now_ms(now_s))
        time.hear(site_ms, factor, now_s)
        seen.append(time.now_ms(now_s))
    assert seen == sorted(seen)
