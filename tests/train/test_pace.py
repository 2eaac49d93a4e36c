"""Whether several threads work, or one alone, by what they took; no time is measured here."""

import pytest

from glassprop.train.run.pace import Crew, Pace


def worked(crew, together, alone, pieces, batches=40):
    """Have a crew go through pieces at some seconds for a mini-batch; the ways that it went."""
    ways = []
    for _ in range(pieces):
        way, count = crew.next(batches)
        ways.append((way, count))
        crew.took(count * (alone if way else together), count)
    return ways


def test_threads_that_help_go_on_together_and_one_is_tried_seldom():
    ways = worked(Crew(), 0.0025, 0.004, 100)
    tried = [k for k, (way, _) in enumerate(ways) if way]
    assert 2 <= len(tried) <= 5
    assert all(ways[k][1] == 10 for k in tried)
    assert all(count == 40 for way, count in ways if not way)


def test_threads_that_do_not_help_are_left_out():
    ways = worked(Crew(), 0.0025, 0.0020, 100)
    alone = [way for way, _ in ways]
    assert not any(alone[:3]) and sum(alone) > 80


@pytest.mark.parametrize("share", [0.95, 1.0, 1.3])
def test_noise_is_no_reason(share):
    crew = Crew()
    worked(crew, 0.0025, 0.0025 * share, 200)
    assert not crew.alone


def test_it_changes_with_the_machine():
    crew = Crew()
    worked(crew, 0.0025, 0.004, 50)
    assert not crew.alone
    worked(crew, 0.009, 0.005, 80)
    assert crew.alone
    worked(crew, 0.0025, 0.004, 200)
    assert not crew.alone


def test_a_short_run_tries_nothing():
    assert not any(way for way, _ in worked(Crew(), 0.0025, 0.001, 3))


def test_a_trial_has_a_mini_batch_at_least():
    crew = Crew()
    ways = worked(crew, 0.5, 0.9, 10, batches=1)
    assert all(count == 1 for _, count in ways) and any(way for way, _ in ways)


def test_pieces_become_a_tenth_of_a_second_long():
    pace = Pace()
    for _ in range(8):
        pace.took(pace.batches * 0.001, pace.batches)
    assert pace.batches == 100
