"""The training benchmark compares like with like, and notices when it does not."""

import pytest
import torch

from benchmarks.bench_training import EQUAL, PARTS, SIZES, Step, difference, measure, times, weighed


@pytest.fixture(scope="module")
def step():
    return Step(16, 4, 8, 4)


def test_ours_and_plain_are_the_same_network(step):
    for way in (step.ours(), step.plain()):
        assert max(difference(step, way)) < EQUAL


def test_another_network_is_noticed(step):
    other = step.ours()
    discriminator = other.discriminator
    other.discriminator = lambda images: discriminator(images) * 1.01
    assert max(difference(step, other)) > EQUAL


def test_every_part_reaches_its_parameters(step):
    for part in PARTS:
        loss, gradients = step.run(part, step.ours())
        assert loss > 0
        assert {name[0] for name in gradients} == ({"G"} if part in ("generator", "path length") else {"D"})


def test_a_step_weighs_its_parts():
    assert weighed({"generator": 1.0, "discriminator": 2.0, "R1": 16.0, "path length": 4.0}) == 5.0


def test_a_table_has_a_row_a_part_and_the_step():
    rows, said = measure((16, 4, 8, 4), 1)
    assert [row[1] for row in rows] == [*PARTS, "a step"]
    assert rows[0][0] == "16 px, 4 to 8 channels, batch 4"
    assert all(float(row[2]) > 0 for row in rows)
    assert "float64" in said


@pytest.mark.slow
@pytest.mark.minutes
def test_ours_is_faster():
    torch.set_num_threads(1)
    step = Step(*SIZES[1])
    found = times(step, {"ours": step.ours(), "plain": step.plain()}, list(PARTS), 3)
    assert weighed(found["plain"]) > 1.2 * weighed(found["ours"])
