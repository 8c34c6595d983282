"""The published YAML layout: every key mapped, told to have no effect, or refused by name."""

from __future__ import annotations

import pytest
import yaml

from GANAnomalyLab.train.picard.picard_config import PicardConfig
from GANAnomalyLab.train.picard.published import from_published, read_published
from GANAnomalyLib.errors import InputError

PUBLISHED = """
dataset_name: DBT
data_with_subfolder: False
train_data_path: ../data/train
test_data_path: data/test
expname: PICARD-train
cuda: True
gpu_ids: [0]
num_workers: 4
train:
  n_critic: 5
  n_epochs: 10000
  subset_frac:
  resume:
  batch_size: 55
  image_shape: [256, 256, 1]
  mask_shape: [128, 128]
  mask_batch_same: True
  max_delta_shape: [32, 32]
  margin: [0, 0]
  discounted_mask: True
  spatial_discounting_gamma: 0.9
  random_crop: True
  mask_type: hole
  mosaic_unit_size: 12
  lr: 0.0001
  beta1: 0.5
  beta2: 0.9
  print_iter: 100
  viz_iter: 1000
  viz_max_out: 16
  snapshot_save_iter: 5000
  coarse_l1_alpha: 1.2
  l1_loss_alpha: 1.2
  ae_loss_alpha: 1.2
  global_wgan_loss_alpha: 1.
  gan_loss_alpha: 0.001
  wgan_gp_lambda: 10
  netG:
    input_dim: 1
    ngf: 32
  netD:
    input_dim: 1
    ndf: 32
test:
  droprate: 0.5
  patch_shape: [256, 256, 1]
  mask_shape: [128, 128]
  patch_stride: 32
  heatmap_M_inpaint: 10
  heatmap_metrics: [MCD]
  parallel_batchsize: 8
  only_check_nonblack_pixels: False
  save_heatmap_data: True
  save_heatmap_plots: True
  save_progressive_heatmap: False
  log_compute_times: False
"""


def test_the_published_file_gives_the_published_run(tmp_path):
    (tmp_path / "default.yaml").write_text(PUBLISHED)
    config, notes = read_published(tmp_path / "default.yaml")
    own = {"data", "subfolders", "title", "training_data", "heatmap"}
    expected = {name: value for name, value in PicardConfig().to_dict().items() if name not in own}
    assert {name: value for name, value in config.to_dict().items() if name not in own} == expected
    assert (config.data, config.subfolders, config.title) == ("../data/train", False, "PICARD-train")
    assert config.training_data == "DBT"
    assert config.heatmap == {
        "drop_rate": 0.5,
        "window": 256,
        "hole": 128,
        "stride": 32,
        "completions": 10,
        "metrics": ["MCD"],
        "batch": 8,
        "skip_background": False,
    }
    for key in ("num_workers", "mosaic_unit_size", "test_data_path", "netG.input_dim", "save_heatmap_data"):
        assert any(key in note for note in notes), key


CHANGED = {
    "n_critic": ("generator_every", 2),
    "n_epochs": ("epochs", 7),
    "subset_frac": ("subset", 0.25),
    "resume": ("resume", "other"),
    "batch_size": ("batch", 3),
    "mask_batch_same": ("same_hole", False),
    "max_delta_shape": ("jitter", [8, 16]),
    "margin": ("margin", [4, 2]),
    "spatial_discounting_gamma": ("gamma", 0.5),
    "random_crop": ("random_crop", False),
    "lr": ("learning_rate", 3.0),
    "beta1": ("beta1", 0.25),
    "beta2": ("beta2", 0.75),
    "print_iter": ("log_every", 11),
    "viz_iter": ("sample_every", 12),
    "viz_max_out": ("samples", 13),
    "snapshot_save_iter": ("snapshot_every", 14),
    "coarse_l1_alpha": ("coarse_weight", 2.5),
    "l1_loss_alpha": ("l1_weight", 3.5),
    "ae_loss_alpha": ("outside_weight", 4.5),
    "global_wgan_loss_alpha": ("global_weight", 5.5),
    "gan_loss_alpha": ("adversarial_weight", 6.5),
    "wgan_gp_lambda": ("penalty_weight", 7.5),
    "niter": ("iterations", 15),
}


@pytest.mark.parametrize("key", CHANGED)
def test_each_key_of_training_reaches_its_setting(key):
    name, value = CHANGED[key]
    assert PicardConfig().to_dict()[name] != value
    for data in ({"train": {key: value}}, {key: value}):  # the older layout has no sections
        assert from_published(data)[0].to_dict()[name] == value


def test_keys_that_need_more_than_a_name():
    train = {"image_shape": [128, 128, 3], "mask_shape": [64, 64], "discounted_mask": False, "max_delta_shape": [8, 8]}
    networks = {"netG": {"ngf": 8}, "netD": {"ndf": 6}}
    config, _ = from_published({"train": {**train, **networks}, "cuda": False})
    assert (config.window, config.hole, config.channels, config.gamma) == (128, 64, 3, 1.0)
    assert (config.ngf, config.ndf, config.device) == (8, 6, "cpu")
    config, _ = from_published(networks)
    assert (config.ngf, config.ndf) == (8, 6)
    config, _ = from_published({"gananomaly": {"resolution": 512, "framing": "body"}, "val_data_path": "v"})
    assert (config.resolution, config.framing, config.validation) == (512, "body", "v")
    config, notes = from_published({"test": {"patch_shape": [128, 128, 1]}})
    assert config.heatmap == {"window": 128}
    assert "128" in notes[0]


def test_numbers_that_yaml_takes_for_text():
    assert from_published(yaml.safe_load("train: {lr: 1e-4}"))[0].learning_rate == 1e-4
    assert from_published(yaml.safe_load("expname: 1e-4"))[0].title == "1e-4"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("train: {bacth_size: 3}", "train.bacth_size"),
        ("test: {stride: 3}", "test.stride"),
        ("netG: {depth: 3}", "netG.depth"),
        ("netG: {ndf: 3}", "netG.ndf"),
        ("gananomaly: {nonsense: 3}", "nonsense"),
        ("hello: 3", "hello"),
        ("train: {mask_type: mosaic}", "mask_type: hole"),
        ("gpu_ids: [0, 1]", "2 GPUs"),
        ("gpu_ids: [3]", "CUDA_VISIBLE_DEVICES"),
        ("gpu_ids: 0", "gpu_ids"),
        ("cuda: maybe", "cuda"),
        ("train: {image_shape: [256, 128, 1]}", "not square"),
        ("train: {image_shape: 256}", "image_shape"),
        ("train: {image_shape: [256, 256, 2]}", "channels"),
        ("train: {lr: fast}", "learning_rate"),
        ("train: {batch_size: 1.5}", "batch"),
        ("train: {lr: 0.1}\nlr: 0.2", "two things"),
        ("train: 3", "section train"),
        ("[1, 2]", "no settings"),
        ("a: [", "not valid YAML"),
        ("a: !!python/object/apply:os.system [ls]", "not valid YAML"),
        ("a: &x [1, 1]\nb: [*x, *x]", "references"),
        ("\x00", "not text in UTF-8"),
    ],
)
def test_what_cannot_be_followed_is_refused_by_name(tmp_path, text, words):
    path = tmp_path / "bad.yaml"
    path.write_text(text)
    with pytest.raises(InputError, match=words):
        read_published(path)


def test_files_that_are_no_configuration(tmp_path):
    with pytest.raises(InputError, match="cannot be opened"):
        read_published(tmp_path / "missing.yaml")
    (tmp_path / "large.yaml").write_bytes(b"# " + b"x" * (1 << 20))
    with pytest.raises(InputError, match="too large"):
        read_published(tmp_path / "large.yaml")
    (tmp_path / "bytes.yaml").write_bytes(b"\xff\xfe\x00\xd8")
    with pytest.raises(InputError, match="not text in UTF-8"):
        read_published(tmp_path / "bytes.yaml")
    (tmp_path / "deep.yaml").write_text("[" * 200_000)
    with pytest.raises(InputError, match="too deeply"):
        read_published(tmp_path / "deep.yaml")
