import numpy as np
import pytest

from GANAnomalyLib.volume import AxialStack, body_box, boxes_of, find_body, read_volume

MM3 = (3.0, 3.0, 3.0)


@pytest.fixture
def slices(torso):
    """(30, H, W) HU of the upper torso, 3 mm."""
    return AxialStack.from_volume(read_volume(torso)).slices[82:]


def test_torso_without_table(slices):
    mask = find_body(slices, -125, MM3).mask
    assert mask.shape == slices.shape
    assert 0.45 < mask.mean() < 0.75
    # Bowel gas and the lung bases are inside, the air in front is not.
    gas = (slices < -300) & mask
    assert gas[:, 30:70, 30:90].sum() > 1000
    assert not mask[:, 0].any()


def test_table_and_pen_are_left_out():
    slices = np.full((6, 128, 128), -1000.0)
    rows, cols = np.indices((128, 128))
    slices[:, ((rows - 60) / 40) ** 2 + ((cols - 64) / 50) ** 2 < 1] = 40
    slices[:, ((rows - 60) / 15) ** 2 + ((cols - 64) / 15) ** 2 < 1] = -900  # lung
    slices[:, 101:103] = 200  # a table of two pixels touching the back
    slices[2, 5:9, 5:9] = 300  # a pen on the chest
    mask = find_body(slices, -125, MM3).mask
    assert not mask[:, 103:].any()
    assert mask[:, 60, 64].all()
    assert not mask[2, 5:9, 5:9].any()
    assert mask[:, 101:103, :20].sum() == 0


def test_two_legs_are_one_body():
    slices = np.full((1, 100, 100), -1000.0)
    rows, cols = np.indices((100, 100))
    for middle in (25, 75):
        slices[0, (rows - 50) ** 2 + (cols - middle) ** 2 < 15**2] = 40
    mask = find_body(slices, -125, MM3).mask
    assert mask[0, 50, [25, 75]].all()


@pytest.mark.parametrize("value", [-3024, -1024, 0, 40, 3071])
def test_a_slice_of_one_value_holds_nobody(slices, value):
    slices = slices.copy()
    slices[[0, 7, 29]] = value
    held = find_body(slices, -125, MM3).held()
    assert [index for index in range(30) if not held[index]] == [0, 7, 29]


def test_a_table_alone_is_nobody(slices):
    from scipy import ndimage

    around = ndimage.binary_dilation(find_body(slices, -125, MM3).mask, np.ones((1, 3, 3)), iterations=3)
    table = np.where(around, np.random.default_rng(0).normal(-1000, 12, slices.shape), slices)
    assert (table > -125).any()
    assert not find_body(table, -125, MM3).held().any()


def test_nothing_above_the_floor():
    body = find_body(np.full((2, 10, 10), -1000.0), -125, MM3)
    assert not body.mask.any()
    assert not body.held().any()
    assert body.boxes() == [(0, 10, 0, 10)] * 2
    assert boxes_of(body, "slice-body") is None


def test_a_window_for_lungs_finds_the_same_body(slices):
    whole, lungs = find_body(slices, -300, MM3).mask, find_body(slices, -1350, MM3).mask
    assert np.array_equal(whole, lungs)


def test_a_slice_holds_the_same_body_alone_and_among_others(slices):
    together = find_body(slices, -125, MM3)
    boxes = together.boxes()
    for index in (0, 13, 29):
        alone = find_body(slices[index : index + 1], -125, MM3)
        assert np.array_equal(alone.mask[0], together.mask[index])
        assert alone.boxes() == [boxes[index]]
    assert together.boxes(each=False) == [body_box(together.mask, 6.0, MM3)] * 30


def test_less_body_than_asked_for_is_none(slices):
    body = find_body(slices, -125, MM3)
    assert body.area_cm2.min() > 650
    assert body.area_cm2.max() < 750
    assert body.held(600).all()
    assert not body.held(800).any()


def test_a_slice_without_a_body_is_framed_as_its_neighbour(slices):
    slices = slices.copy()
    slices[5] = -1024
    boxes = find_body(slices, -125, MM3).boxes()
    assert boxes[5] in (boxes[4], boxes[6])


def test_a_body_cut_by_the_slice_or_by_what_was_measured(slices):
    assert not find_body(slices, -125, MM3).cut.any()
    assert find_body(slices[:, :, 30:], -125, MM3).cut.all()
    rows, cols = np.indices(slices.shape[1:])
    circle = (rows - 50) ** 2 + (cols - 61) ** 2 > 45**2
    assert find_body(np.where(circle, -1024, slices), -125, MM3).cut.all()


def test_other_units_have_their_own_floor():
    picture = np.full((1, 64, 64), 5.0)
    picture[0, 10:50, 10:50] = 80
    body = find_body(picture, 20, (1, 1, 1), hounsfield=False)
    # The even background of an image that is no CT is background, not something filled in.
    assert body.measured is None
    assert body.held().tolist() == [False]  # 16 square centimetres
    assert find_body(picture, 20, (2, 2, 2), hounsfield=False).held().all()


def test_box_margin_and_square():
    mask = np.zeros((4, 50, 60), bool)
    mask[1, 20:30, 5:25] = True
    assert body_box(mask, 6, (5, 2, 3)) == (17, 33, 3, 27)
    assert body_box(mask, 30, (5, 1, 1)) == (-10, 60, -25, 55)
    r0, r1, c0, c1 = body_box(mask, 0, (5, 2, 3), square=True)
    assert (r1 - r0) * 2 == (c1 - c0) * 3 == 60
    assert (c0, c1) == (5, 25)
    assert r0 <= 20 < 30 <= r1
