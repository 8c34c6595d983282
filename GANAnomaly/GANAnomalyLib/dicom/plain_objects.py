"""Objects that any archive shows: the summary as Secondary Capture, and the report as Encapsulated PDF."""

from __future__ import annotations

import hashlib
import io
from pathlib import Path

import numpy as np
import pydicom
from highdicom.sc import SCImage
from PIL import Image, ImageDraw, ImageFont
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.uid import EncapsulatedPDFStorage, ExplicitVRLittleEndian

from ..errors import InputError
from ..files import hash_array
from ..review.result_facts import RESEARCH_ONLY
from ..running.quiet import quiet
from .clean_header import REQUIRED, copy_patient
from .making import Making, finish

_TITLE = "GANAnomaly report"
_IMPLEMENTATION = "GANANOMALY"


def capture(making: Making, picture: Image.Image) -> Dataset:
    """The summary as a colour picture, the research-use notice burnt in below it.

    It names nobody, and so BurnedInAnnotation is NO: it says whether what is burnt in identifies the patient.
    """
    pixels = np.asarray(_with_notice(picture.convert("RGB")))
    header = making.source.headers[0]
    names = {name: header.get(name) for name in REQUIRED}
    with quiet():
        made = SCImage(
            pixel_array=pixels,
            photometric_interpretation="RGB",
            bits_allocated=8,
            coordinate_system="PATIENT",
            patient_orientation=("L", "P"),
            study_instance_uid=header.StudyInstanceUID,
            patient_id=names["PatientID"],
            patient_name=names["PatientName"],
            patient_birth_date=names["PatientBirthDate"],
            patient_sex=names["PatientSex"],
            accession_number=names["AccessionNumber"],
            study_id=names["StudyID"],
            study_date=names["StudyDate"] or None,
            study_time=names["StudyTime"] or None,
            referring_physician_name=names["ReferringPhysicianName"],
            **making.common("capture", hash_array(pixels)),
        )
    copy_patient(made, header)
    made.BurnedInAnnotation = "NO"
    made.PatientOrientation = []  # a page of text and pictures has none
    made.ConversionType = "WSD"
    made.ImageComments = RESEARCH_ONLY
    return finish(made, making.created, making.root)


def _with_notice(picture: Image.Image) -> Image.Image:
    band = max(24, picture.height // 32)
    page = Image.new("RGB", (picture.width, picture.height + band), "black")
    page.paste(picture, (0, 0))
    font = ImageFont.load_default(size=int(band * 0.6))
    ImageDraw.Draw(page).text(
        (page.width / 2, picture.height + band / 2), RESEARCH_ONLY, fill="white", font=font, anchor="mm"
    )
    return page


def encapsulated_pdf(making: Making, document: bytes) -> Dataset:
    """A PDF document that names no patient, as :func:`.review.report.write_report` makes it."""
    header, common = making.source.headers[0], making.common("pdf", hashlib.sha256(document).hexdigest())
    made = FileDataset(io.BytesIO(), {}, file_meta=FileMetaDataset(), preamble=b"\0" * 128)
    made.file_meta.MediaStorageSOPClassUID = EncapsulatedPDFStorage
    made.file_meta.MediaStorageSOPInstanceUID = common["sop_instance_uid"]
    made.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    made.file_meta.ImplementationClassUID = pydicom.uid.PYDICOM_IMPLEMENTATION_UID
    made.file_meta.ImplementationVersionName = _IMPLEMENTATION
    made.SpecificCharacterSet = common["specific_character_set"]
    made.SOPClassUID, made.SOPInstanceUID = EncapsulatedPDFStorage, common["sop_instance_uid"]
    made.StudyInstanceUID, made.SeriesInstanceUID = header.StudyInstanceUID, common["series_instance_uid"]
    copy_patient(made, header)
    made.Modality, made.SeriesNumber, made.InstanceNumber = "DOC", common["series_number"], 1
    made.SeriesDescription = common["series_description"]
    made.Manufacturer, made.ManufacturerModelName = common["manufacturer"], common["manufacturer_model_name"]
    made.DeviceSerialNumber, made.SoftwareVersions = common["device_serial_number"], common["software_versions"]
    made.ConversionType, made.BurnedInAnnotation = "WSD", "NO"
    made.InstanceCreationDate, made.InstanceCreationTime = "", ""
    made.ContentDate, made.ContentTime, made.AcquisitionDateTime = "", "", ""
    made.DocumentTitle, made.ConceptNameCodeSequence = _TITLE, []
    made.MIMETypeOfEncapsulatedDocument = "application/pdf"
    made.EncapsulatedDocumentLength = len(document)
    made.EncapsulatedDocument = document + b"\0" * (len(document) % 2)
    return finish(made, making.created, making.root)


def picture_of(path: Path) -> Image.Image:
    """A picture from a file of ours; raises :class:`InputError` when it cannot be read."""
    try:
        with Image.open(path) as picture:
            picture.load()
            shown: Image.Image = picture.convert("RGB")
            return shown
    except (OSError, ValueError) as error:
        raise InputError(f"{path} cannot be read: run the analysis again.", str(error)) from error
