"""Round trips through every format, and what is wrong with damaged or foreign files."""

import os

import nibabel as nib
import numpy as np
import pytest
import SimpleITK as sitk
from volume.phantoms import hu, oblique_matrix

from GANAnomalyLib.errors import GANAnomalyError, InputError
from GANAnomalyLib.volume import AxialStack, Volume, hash_volume, read_volume, write_volume
from GANAnomalyLib.volume.write_volume import write_colours

LPS = np.diag([-1.0, -1.0, 1.0, 1.0])


def same_place(one: Volume, other: Volume) -> None:
    corners = np.array([[0, 0, 0], [n - 1 for n in one.voxels.shape[::-1]]])
    np.testing.assert_allclose(one.ras(corners), other.ras(corners), atol=1e-3)


@pytest.mark.parametrize("ending", [".nii", ".nii.gz", ".nrrd", ".mha"])
@pytest.mark.parametrize("kind", ["int16", "int32", "float32"])
def test_written_volumes_come_back(tmp_path, oblique, ending, kind):
    oblique.voxels = oblique.voxels.astype(kind)
    if kind == "int32":
        oblique.voxels[0, 0, 0] = 70000
    path = write_volume(oblique, tmp_path / f"ct{ending}")
    back = read_volume(path)
    assert back.voxels.dtype == kind
    np.testing.assert_array_equal(back.voxels, oblique.voxels)
    same_place(back, oblique)
    assert back.warnings == []
    assert os.listdir(tmp_path) == [f"ct{ending}"]


@pytest.mark.parametrize("ending", [".nii.gz", ".nrrd", ".mha"])
def test_simpleitk_sees_the_same_voxel_at_the_same_place(tmp_path, oblique, ending):
    """Another reader's opinion of our geometry (LPS there, RAS here)."""
    image = sitk.ReadImage(str(write_volume(oblique, tmp_path / f"ct{ending}")))
    point = np.array(image.TransformIndexToPhysicalPoint((10, 2, 5)))
    np.testing.assert_allclose(point * [-1, -1, 1], oblique.ras([10, 2, 5]), atol=1e-3)
    assert image[10, 2, 5] == oblique.voxels[5, 2, 10]


@pytest.mark.parametrize("ending", [".nrrd", ".nhdr", ".mha", ".mhd", ".nii.gz"])
def test_files_of_another_writer(tmp_path, oblique, ending):
    lps = LPS @ oblique.ijk_to_ras
    image = sitk.GetImageFromArray(oblique.voxels)
    spacing = np.linalg.norm(lps[:3, :3], axis=0)
    image.SetSpacing(spacing.tolist())
    image.SetOrigin(lps[:3, 3].tolist())
    image.SetDirection((lps[:3, :3] / spacing).ravel().tolist())
    sitk.WriteImage(image, str(tmp_path / f"ct{ending}"))
    back = read_volume(tmp_path / f"ct{ending}")
    np.testing.assert_array_equal(back.voxels, oblique.voxels)
    same_place(back, oblique)


def test_nifti_qform_units_and_scaling(tmp_path):
    voxels = hu((4, 5, 6)).T
    image = nib.Nifti1Image(voxels, None)
    image.set_qform(oblique_matrix() / [[1000], [1000], [1000], [1]], code=1)
    image.set_sform(None, code=0)
    image.header.set_xyzt_units("meter")
    nib.save(image, tmp_path / "q.nii")
    back = read_volume(tmp_path / "q.nii")
    np.testing.assert_allclose(back.ijk_to_ras, oblique_matrix(), atol=1e-3)

    stored = nib.Nifti1Image((voxels + 1000).astype(np.int16), np.eye(4))
    stored.header.set_slope_inter(0.5, -1000)
    nib.save(stored, tmp_path / "s.nii")
    with open(tmp_path / "s.nii", "r+b") as file:  # nibabel rescales on saving, so the numbers are set by hand
        file.seek(112)
        file.write(np.array([0.5, -1000], "<f4").tobytes())
    with open(tmp_path / "s.nii", "rb") as file:
        file.seek(352)
        raw = np.frombuffer(file.read(), "<i2")
    np.testing.assert_allclose(read_volume(tmp_path / "s.nii").voxels.ravel(), raw * 0.5 - 1000)


def test_nifti_without_a_position_is_told(tmp_path):
    image = nib.Nifti1Image(hu((4, 5, 6)).T, None)
    nib.save(image, tmp_path / "n.nii")
    assert "left and right" in read_volume(tmp_path / "n.nii").warnings[0]


def test_sheared_nifti_is_straightened(tmp_path):
    """Values that are a linear function of the place must stay that function of the place."""
    matrix = np.diag([1.5, 2.0, 3.0, 1.0])
    matrix[1, 2] = 1.0
    ijk = np.stack(np.meshgrid(range(12), range(10), range(8), indexing="ij"), axis=-1)
    ras = ijk @ matrix[:3, :3].T
    values = (ras @ [3.0, -5.0, 7.0] - 100).astype(np.float32)
    nib.save(nib.Nifti1Image(values, matrix), tmp_path / "sheared.nii")
    back = read_volume(tmp_path / "sheared.nii")
    assert "right angles" in back.warnings[0]
    np.testing.assert_allclose(back.directions.T @ back.directions, np.eye(3), atol=1e-6)
    kji = np.argwhere(back.voxels > values.min())
    expected = back.ras(kji[:, ::-1]) @ [3.0, -5.0, 7.0] - 100
    inside = np.linalg.solve(matrix[:3, :3], back.ras(kji[:, ::-1]).T).T
    inside = np.all((inside > 0.01) & (inside < [10.99, 8.99, 6.99]), axis=1)
    assert inside.sum() > 300
    np.testing.assert_allclose(back.voxels[tuple(kji[inside].T)], expected[inside], atol=1e-2)


def test_two_dimensional_files(tmp_path):
    image = sitk.GetImageFromArray(hu((8, 9)))
    image.SetSpacing([0.5, 2.0])
    sitk.WriteImage(image, str(tmp_path / "flat.mha"))
    back = read_volume(tmp_path / "flat.mha")
    assert back.voxels.shape == (1, 8, 9)
    assert back.spacing == (0.5, 2.0, 1.0)


def test_write_converts_types(tmp_path):
    volume = Volume(np.array([[[-1e6, 0.6, 1e6]]]), np.eye(4))
    write_volume(volume, tmp_path / "a.nrrd", dtype="int16")
    np.testing.assert_array_equal(read_volume(tmp_path / "a.nrrd", allow_any=True).voxels, [[[-32768, 1, 32767]]])
    write_volume(volume, tmp_path / "b.nrrd")
    assert read_volume(tmp_path / "b.nrrd", allow_any=True).voxels.dtype == np.float32
    volume.voxels[0, 0, 0] = np.nan
    with pytest.raises(InputError, match="not finite"):
        write_volume(volume, tmp_path / "c.nrrd", dtype="int16")
    with pytest.raises(InputError, match=r"must end in \.nii\.gz"):
        write_volume(volume, tmp_path / "c.txt")
    assert sorted(os.listdir(tmp_path)) == ["a.nrrd", "b.nrrd"]


def test_same_volume_same_bytes(tmp_path, oblique):
    one = write_volume(oblique, tmp_path / "one.nrrd").read_bytes()
    assert one == write_volume(oblique, tmp_path / "two.nrrd").read_bytes()


@pytest.mark.parametrize("ending", [".nii.gz", ".nrrd", ".mha"])
@pytest.mark.parametrize(
    ("code", "said"),
    [(28, "disk of .* is full"), (13, "cannot be written to"), (30, "cannot be written to"), (5, "another place")],
)
def test_a_failure_leaves_the_old_file(tmp_path, oblique, ending, code, said, monkeypatch):
    path = write_volume(oblique, tmp_path / f"ct{ending}")
    before = path.read_bytes()

    def fail(*_):
        raise OSError(code, "refused")

    monkeypatch.setattr("os.replace", fail)
    with pytest.raises(GANAnomalyError, match=said):
        write_volume(Volume(oblique.voxels + 1, oblique.ijk_to_ras), path)
    assert path.read_bytes() == before
    assert os.listdir(tmp_path) == [path.name]


def test_a_really_full_disk_is_noticed(oblique):
    """/dev/full takes no byte: the voxel writer itself must see it."""
    if not os.path.exists("/dev/full"):
        pytest.skip("this system has no /dev/full")
    from pathlib import Path

    from GANAnomalyLib.volume.write_volume import _write_nrrd

    with pytest.raises(OSError, match="No space left"):
        _write_nrrd(Path("/dev/full"), oblique.voxels, oblique.ijk_to_ras)


def test_a_place_that_cannot_be_written(tmp_path, oblique):
    (tmp_path / "file").write_text("")
    with pytest.raises(GANAnomalyError, match=r"is not a folder: .*choose another place"):
        write_volume(oblique, tmp_path / "file" / "ct.nrrd")


def test_a_read_only_folder(tmp_path, oblique):
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        pytest.skip("root may write anywhere")
    tmp_path.chmod(0o500)
    try:
        with pytest.raises(GANAnomalyError, match="may not be written"):
            write_volume(oblique, tmp_path / "ct.nrrd")
    finally:
        tmp_path.chmod(0o700)


@pytest.mark.parametrize("ending", [".nii", ".nii.gz", ".nrrd", ".mha"])
@pytest.mark.parametrize("share", [0.0, 0.01, 0.5, 0.9])
def test_truncated_files(tmp_path, oblique, ending, share):
    path = write_volume(oblique, tmp_path / f"ct{ending}")
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * share)])
    with pytest.raises(InputError, match="ct") as caught:
        read_volume(path)
    assert caught.value.message.count("\n") == 0


@pytest.mark.parametrize("ending", [".nii", ".nii.gz", ".nrrd", ".nhdr", ".mha", ".mhd", ".png", ".jpg", ".dcm"])
def test_noise_is_no_image(tmp_path, ending):
    path = tmp_path / f"noise{ending}"
    path.write_bytes(np.random.default_rng(0).bytes(4000))
    with pytest.raises(InputError, match="noise"):
        read_volume(path)


def test_missing_and_unknown(tmp_path):
    with pytest.raises(InputError, match="does not exist"):
        read_volume(tmp_path / "nothing.nii.gz")
    (tmp_path / "notes.txt").write_text("hello")
    with pytest.raises(InputError, match="not a kind of file"):
        read_volume(tmp_path / "notes.txt")


@pytest.mark.parametrize("ending", [".nii.gz", ".nrrd", ".mha"])
def test_time_series(tmp_path, ending):
    series = sitk.JoinSeries([sitk.GetImageFromArray(hu((4, 5, 6), n)) for n in range(3)])
    sitk.WriteImage(series, str(tmp_path / f"four{ending}"))
    with pytest.raises(InputError, match=r"4-D \(6 x 5 x 4 x 3\)"):
        read_volume(tmp_path / f"four{ending}")


@pytest.mark.parametrize("ending", [".nii.gz", ".nrrd", ".mha"])
def test_colour_volumes(tmp_path, ending):
    image = sitk.GetImageFromArray(np.zeros((4, 5, 6, 3), np.uint8), isVector=True)
    sitk.WriteImage(image, str(tmp_path / f"c{ending}"))
    with pytest.raises(InputError, match="colour"):
        read_volume(tmp_path / f"c{ending}")


def test_zero_spacing_and_singular_directions(tmp_path, oblique):
    path = write_volume(oblique, tmp_path / "ct.mha")
    text = path.read_bytes()
    start = text.index(b"ElementSpacing = ")
    path.write_bytes(text[:start] + b"ElementSpacing = 1 0 1" + text[text.index(b"\n", start) :])
    with pytest.raises(InputError, match="spacing of zero"):
        read_volume(path)

    matrix = np.eye(4)
    matrix[:3, 1] = matrix[:3, 0]
    raw = bytearray(nib.Nifti1Image(hu((4, 5, 6)).T, np.eye(4)).to_bytes())
    raw[280:328] = matrix[:3].astype("<f4").tobytes()
    (tmp_path / "flat.nii").write_bytes(raw)
    with pytest.raises(InputError, match="singular"):
        read_volume(tmp_path / "flat.nii")
    raw[280:328] = np.diag([1.0, 0.0, 1.0, 1.0])[:3].astype("<f4").tobytes()
    (tmp_path / "zero.nii").write_bytes(raw)
    with pytest.raises(InputError, match="spacing of zero"):
        read_volume(tmp_path / "zero.nii")
    nrrd = write_volume(oblique, tmp_path / "ct.nrrd")
    head, body = nrrd.read_bytes().split(b"\n\n", 1)
    lines = [b"space directions: (1,0,0) (1,0,0) (0,0,1)" if b"directions" in x else x for x in head.split(b"\n")]
    nrrd.write_bytes(b"\n".join(lines) + b"\n\n" + body)
    with pytest.raises(InputError, match=r"singular|spacing"):
        read_volume(nrrd)


def test_headers_may_not_point_elsewhere(tmp_path):
    head = "NRRD0004\ntype: short\ndimension: 3\nsizes: 2 2 2\nencoding: raw\nendian: little\ndata file: {}\n\n"
    for target in ("/etc/hostname", "../secret.raw", "C:\\secret.raw"):
        (tmp_path / "a.nhdr").write_text(head.format(target))
        with pytest.raises(InputError, match="another folder"):
            read_volume(tmp_path / "a.nhdr")
    (tmp_path / "a.nhdr").write_text(head.format("gone.raw"))
    with pytest.raises(InputError, match="not beside it"):
        read_volume(tmp_path / "a.nhdr")
    (tmp_path / "a.nhdr").write_text(head.format("LIST\n/etc/hostname"))
    with pytest.raises(InputError, match="another folder"):
        read_volume(tmp_path / "a.nhdr")


def test_a_header_that_asks_for_too_much(tmp_path):
    (tmp_path / "huge.mhd").write_text(
        "ObjectType = Image\nNDims = 3\nDimSize = 60000 60000 60000\nElementType = MET_SHORT\nElementDataFile = a.raw\n"
    )
    (tmp_path / "a.raw").write_bytes(b"\0" * 100)
    with pytest.raises(InputError, match=r"too many|cut short"):
        read_volume(tmp_path / "huge.mhd")
    raw = bytearray(nib.Nifti1Image(hu((4, 5, 6)).T, np.eye(4)).to_bytes())
    raw[42:48] = np.array([30000, 30000, 30000], "<i2").tobytes()
    (tmp_path / "huge.nii").write_bytes(raw)
    with pytest.raises(InputError, match="too many"):
        read_volume(tmp_path / "huge.nii")


def test_hash_sees_voxels_geometry_and_nothing_else(oblique):
    first = hash_volume(oblique)
    assert first == hash_volume(Volume(oblique.voxels.copy(order="F"), oblique.ijk_to_ras, "CT", ["x"], {"a": 1}))
    moved = oblique.ijk_to_ras.copy()
    moved[0, 3] += 0.01
    changed = oblique.voxels.copy()
    changed[3, 3, 3] += 1
    hashes = {first, hash_volume(Volume(oblique.voxels, moved)), hash_volume(Volume(changed, oblique.ijk_to_ras))}
    hashes.add(hash_volume(Volume(oblique.voxels.reshape(9, 7, 11), oblique.ijk_to_ras)))
    assert len(hashes) == 4
    assert all(len(text) == 64 for text in hashes)


def test_colours_lie_on_the_volume_s_grid(tmp_path, oblique):
    colours = np.random.default_rng(0).integers(0, 256, (*oblique.voxels.shape, 3), np.uint8)
    image = sitk.ReadImage(str(write_colours(oblique, colours, tmp_path / "colours.nrrd")))
    assert image.GetNumberOfComponentsPerPixel() == 3
    np.testing.assert_array_equal(sitk.GetArrayFromImage(image), colours)
    scalar = sitk.ReadImage(str(write_volume(oblique, tmp_path / "scalar.nrrd")))
    for facts in ("GetOrigin", "GetSpacing", "GetDirection"):
        np.testing.assert_allclose(getattr(image, facts)(), getattr(scalar, facts)())
    stack = AxialStack.from_volume(oblique)
    for channel in range(3):
        plane = AxialStack.from_volume(oblique.like(colours[..., channel])).slices
        np.testing.assert_array_equal(stack.colours(colours)[..., channel], plane)
