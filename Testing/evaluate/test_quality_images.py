"""Sets of images: pictures, arrays, training sets, generators."""

from __future__ import annotations

import zipfile

import numpy as np
import pytest
import torch
from evaluate.quality_sets import small_generator, write_pictures
from PIL import Image

from GANAnomalyLab.evaluate.quality import ArrayImages, GeneratorImages, PictureImages, SetImages, as_images
from GANAnomalyLab.evaluate.quality.quality_images import MirroredImages, to_eight_bits
from GANAnomalyLab.images.archive import open_pictures
from GANAnomalyLab.images.image_set import ImageSet
from GANAnomalyLib.errors import InputError


def whole(images):
    return np.concatenate(list(images))


@pytest.fixture
def grey():
    return np.random.default_rng(0).integers(0, 256, (21, 16, 16), dtype=np.uint8)


def test_folder_zip_and_array_are_the_same_images(tmp_path, grey):
    folder = write_pictures(tmp_path / "a", grey)
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        for file in sorted(folder.iterdir()):
            archive.write(file, f"00/{file.name}")
    sets = [PictureImages(open_pictures(folder)), PictureImages(open_pictures(tmp_path / "a.zip")), ArrayImages(grey)]
    for images in sets:
        assert len(images) == 21
        assert np.array_equal(whole(images)[:, 0], grey)
        assert np.array_equal(whole(images.part([20, 3, 3]))[:, 0], grey[[20, 3, 3]])
    assert sets[0].mark() == sets[1].mark()


def test_marks_follow_the_pixels_and_the_choice(tmp_path, grey):
    images = PictureImages(open_pictures(write_pictures(tmp_path / "a", grey)))
    changed = grey.copy()
    changed[7, 3, 3] ^= 1
    other = PictureImages(open_pictures(write_pictures(tmp_path / "b", changed)))
    marks = [images.mark(), other.mark(), images.part([1, 2]).mark(), images.part([2, 1]).mark()]
    marks += [PictureImages(images.pictures, 8).mark(), MirroredImages(images).mark(), ArrayImages(grey).mark()]
    assert len(set(marks)) == len(marks)
    assert ArrayImages(grey).mark() == ArrayImages(grey.copy()).mark()


def test_kinds_of_pictures(tmp_path):
    ramp = np.arange(256, dtype=np.uint8).reshape(16, 16)
    Image.fromarray(ramp).save(tmp_path / "a.png")
    Image.fromarray(ramp.astype(np.uint16) * 257).save(tmp_path / "b.png")
    Image.fromarray(np.stack([ramp] * 3, -1)).save(tmp_path / "c.png")
    Image.fromarray(np.stack([ramp, ramp, ramp, 255 - ramp], -1), "RGBA").save(tmp_path / "d.png")
    colour = np.stack([ramp, ramp.T, ramp], -1)
    Image.fromarray(colour).save(tmp_path / "e.png")
    Image.fromarray(np.zeros((4, 9), np.uint8)).save(tmp_path / "f.png")
    batches = list(PictureImages(open_pictures(tmp_path)))
    assert [batch.shape for batch in batches] == [(4, 1, 16, 16), (1, 3, 16, 16), (1, 1, 4, 9)]
    assert (batches[0][:3, 0] == ramp).all()
    assert np.abs(batches[0][3, 0] - ramp * ((255 - ramp) / 255)).max() <= 1  # laid over black
    assert np.array_equal(batches[1][0].transpose(1, 2, 0), colour)
    assert whole(PictureImages(open_pictures(tmp_path), 8).part([0, 5])).shape == (2, 1, 8, 8)


def test_fractions_and_damage_are_refused(tmp_path):
    Image.fromarray(np.full((4, 4), 0.5, np.float32)).save(tmp_path / "a.tiff")
    with pytest.raises(InputError, match=r"a\.tiff holds F pixels, not grey levels or colours"):
        whole(PictureImages(open_pictures(tmp_path)))
    (tmp_path / "a.tiff").unlink()
    Image.fromarray(np.random.default_rng(0).integers(0, 255, (64, 64), np.uint8)).save(tmp_path / "b.png")
    (tmp_path / "b.png").write_bytes((tmp_path / "b.png").read_bytes()[:-900])
    with pytest.raises(InputError, match=r"b\.png is not a PNG.* or is cut short"):
        whole(PictureImages(open_pictures(tmp_path)))


def test_eight_bits_round_to_the_nearest():
    values = np.arange(65536, dtype=np.uint16)
    assert np.abs(to_eight_bits(values) - values / 257).max() <= 0.5


def test_training_sets_with_patients_and_mirror(grey):
    pixels = grey[:, None].astype(np.uint16) * 257
    made = ImageSet.from_array(pixels, patients=np.arange(21) // 3, mirror=True)
    images = as_images(made)
    assert len(images) == 42
    assert np.array_equal(whole(images)[:21, 0], grey)
    assert np.array_equal(whole(images)[21:, 0], grey[:, :, ::-1])
    assert np.array_equal(images.patients[21:], np.arange(21) // 3)
    some = SetImages(made.take(np.array([5, 2])))
    assert np.array_equal(whole(some)[:, 0], grey[[5, 2]])
    with pytest.raises(TypeError, match="not a set of images"):
        as_images("folder")


def test_chosen_images_are_the_same_again(grey):
    images = ArrayImages(grey, patients=np.arange(21))
    first, again, other = images.chosen(5, 1), images.chosen(5, 1), images.chosen(5, 2)
    assert np.array_equal(whole(first), whole(again))
    assert not np.array_equal(first.patients, other.patients)
    assert images.chosen(21, 1) is images


@pytest.mark.parametrize("noise_mode", ["const", "random"])
def test_a_generator_makes_the_same_images_in_any_portion(noise_mode):
    generator = small_generator()
    torch.nn.init.constant_(generator.synthesis.b32.conv1.noise_strength, 0.5)
    images = GeneratorImages(generator, 70, seed=4, noise_mode=noise_mode)
    made = whole(images)
    assert made.shape == (70, 1, 32, 32)
    assert made.dtype == np.uint8
    assert made.std() > 1
    assert np.array_equal(whole(images.of(6)), made[:6])
    assert np.array_equal(whole(images.part([69, 33, 2])), made[[69, 33, 2]])
    state = torch.get_rng_state()
    assert not np.array_equal(whole(GeneratorImages(generator, 4, seed=5, noise_mode=noise_mode)), made[:4])
    assert torch.equal(torch.get_rng_state(), state)


def test_a_generator_is_truncated_and_unmarked_unless_known():
    generator = small_generator()
    average = whole(GeneratorImages(generator, 3, truncation=0.0))
    assert (average == average[:1]).all()
    assert GeneratorImages(generator, 3).mark() is None
    marks = {
        GeneratorImages(generator, n, seed, psi, mark="abc").mark()
        for n, seed, psi in [(3, 0, 1), (4, 0, 1), (3, 1, 1), (3, 0, 0.5)]
    }
    assert len(marks) == 4


def test_conditional_generators_draw_the_labels_given():
    generator = small_generator(c_dim=3)
    with pytest.raises(InputError, match="of 3 classes: give labels"):
        GeneratorImages(generator)
    one = np.eye(3, dtype=np.float32)[[2, 2]]
    _, labels = GeneratorImages(generator, labels=one).latents(0)
    assert (labels.argmax(1) == 2).all()
    _, labels = GeneratorImages(generator, labels=np.eye(3)).latents(0)
    assert set(labels.argmax(1).tolist()) == {0, 1, 2}
    assert whole(GeneratorImages(generator, 2, labels=one)).shape == (2, 1, 32, 32)


@pytest.mark.parametrize("count", [0, -3])
def test_no_images_cannot_be_generated(count):
    with pytest.raises(InputError, match="above zero"):
        GeneratorImages(small_generator(), count)


def test_a_truncated_zip_is_one_sentence(tmp_path, grey):
    folder = write_pictures(tmp_path / "a", grey)
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        for file in sorted(folder.iterdir()):
            archive.write(file, file.name)
    data = (tmp_path / "a.zip").read_bytes()
    (tmp_path / "a.zip").write_bytes(data[: len(data) // 2])
    with pytest.raises(InputError, match=r"a\.zip is not a zip, or is cut short"):
        open_pictures(tmp_path / "a.zip")
    hurt = bytearray(data)
    hurt[200:260] = bytes(60)
    (tmp_path / "a.zip").write_bytes(hurt)
    with pytest.raises(InputError, match=r"a\.zip is damaged or cut short"):
        whole(PictureImages(open_pictures(tmp_path / "a.zip")))
