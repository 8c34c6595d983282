import numpy as np

from GANAnomalyLib.volume import AxialStack, body_box, body_mask, read_volume


def test_torso_without_table(torso):
    stack = AxialStack.from_volume(read_volume(torso))
    mask = body_mask(stack.slices, -125)
    assert mask.shape == stack.slices.shape
    assert 0.45 < mask.mean() < 0.75
    # Bowel gas and the lung bases are inside, the air in front is not.
    gas = (stack.slices < -300) & mask
    assert gas[:, 30:70, 30:90].sum() > 1000
    assert not mask[:, 0].any()


def test_table_and_pen_are_left_out():
    slices = np.full((6, 128, 128), -1000.0)
    rows, cols = np.indices((128, 128))
    slices[:, ((rows - 60) / 40) ** 2 + ((cols - 64) / 50) ** 2 < 1] = 40
    slices[:, ((rows - 60) / 15) ** 2 + ((cols - 64) / 15) ** 2 < 1] = -900  # lung
    slices[:, 101:103] = 200  # a table of two pixels touching the back
    slices[2, 5:9, 5:9] = 300  # a pen on the chest
    mask = body_mask(slices, -125)
    assert not mask[:, 103:].any()
    assert mask[:, 60, 64].all()
    assert not mask[2, 5:9, 5:9].any()
    assert mask[:, 101:103, :20].sum() == 0


def test_nothing_above_the_floor():
    slices = np.full((2, 10, 10), -1000.0)
    mask = body_mask(slices, -125)
    assert not mask.any()
    assert body_box(mask, 5, (1, 1, 1)) == (0, 10, 0, 10)


def test_a_thin_body_is_not_opened_away():
    slices = np.full((3, 20, 20), -1000.0)
    slices[:, 10, 4:12] = 0
    assert body_mask(slices, -125).sum() == 24


def test_box_margin_and_square():
    mask = np.zeros((4, 50, 60), bool)
    mask[1, 20:30, 5:25] = True
    assert body_box(mask, 6, (5, 2, 3)) == (17, 33, 3, 27)
    assert body_box(mask, 30, (5, 1, 1)) == (-10, 60, -25, 55)
    r0, r1, c0, c1 = body_box(mask, 0, (5, 2, 3), square=True)
    assert (r1 - r0) * 2 == (c1 - c0) * 3 == 60
    assert (c0, c1) == (5, 25)
    assert r0 <= 20 < 30 <= r1
