"""The data sheet as one page of paper."""

from __future__ import annotations

from typing import Any

from ...report import Page

_STATEMENT = (
    "I have read this sheet. The set may be given to the recipient for the purpose below; its pictures are passed on "
    "together with this sheet."
)
_PLACES = ("Recipient and purpose", "Name, function", "Place, date", "Signature")
_FORMS = {"png": "PNG, 8 bits", "npy": "NumPy, as made", "nifti": "NIfTI, Hounsfield units"}


def sheet_page(data: dict[str, Any]) -> Page:
    """The page of what sheet.json holds."""
    pictures, model, training, licence = (data[name] for name in ("pictures", "model", "training_data", "licence"))
    named = model["title"] or model["name"]
    count = f"{pictures['count']:,} picture{'' if pictures['count'] == 1 else 's'}"
    of_class = f" of the class {pictures['class']}" if pictures["class"] else ""
    page = Page("Data sheet of synthetic pictures", f"{count}{of_class}, made by {named}", dense=True)
    page.section("Before you sign").text("\n\n".join(data["before_signing"]) or "Nothing stands out.")
    page.section("What it is")
    page.facts(_pictures(pictures) | _model(model) | _training(training))
    page.section("Privacy").text(data["privacy"]["words"])
    page.section("What was measured")
    rows = [
        [row["measure"], row["value"], row.get("against") or row.get("command", ""), row.get("about", "")]
        for group in ("quality", "authenticity", "downstream value")
        for row in (*data["measured"], *data["not_measured"])
        if row["group"] == group
    ]
    page.table(["measure", "value", "against; or what measures it", "of"], rows)
    page.section("Licence and use")
    page.facts(
        {
            "Model": licence["model"] or "not stated",
            "Training data": licence["training_data"] or "not stated",
            "Use": licence["use"],
            "Not for": "; ".join(text for text in licence["not_for"] if text),
            "Texts": "of the model's card as its maker wrote them; this program cannot tell whether they are true",
            "Made": f"{data['provenance']['created']}, GANAnomaly {data['version']}",
        }
    )
    return page.signing(_STATEMENT, _PLACES)


def _pictures(held: dict[str, Any]) -> dict[str, Any]:
    if held["made_from"] == "seeds":
        source = f"seeds {held['seeds']}, truncation psi {held['truncation_psi']:g}"
    else:
        source = "stored latents"
    source += {"const": "", "none": ", no noise", "random": ", noise of each seed"}[held["noise"]]
    form = _FORMS[held["format"]] + (", and a film between them" if held["film"] else "")
    again = held["made_again_and_alike"]
    more = {} if again is None else {"Checked": f"{again} of them were made again by the model and are the same"}
    return {"Pictures": f"{held['count']:,}; {form}", "Made of": source, **more, "Files (SHA-256)": held["sha256"]}


def _model(held: dict[str, Any]) -> dict[str, Any]:
    colour = "colour" if held["channels"] == 3 else "grey"
    seen, hours = held["thousand_images_seen"], held["hours"]
    length = [f"{1000 * seen:,.0f} images seen"] if seen else []
    length += [f"{hours:g} hours"] if hours else []
    pixels = held["preprocessing"] or "pixels as the training set has them"
    what = ", ".join(filter(None, [held["kind"], held["pixels"] and f"{held['pixels']} pixels", colour]))
    return {
        "Model": f"{held['name']}: {what}",
        "Model (SHA-256)": held["sha256"],
        "Shows": "; ".join(filter(None, [held["modality"], held["anatomy"], pixels])),
        "Training": ", ".join(length) or "length not stated",
    }


def _training(held: dict[str, Any]) -> dict[str, Any]:
    def counts(images: int | None, patients: int | None) -> str:
        said = f"{images:,} images" if images else "images not counted"
        return f"{said} of {patients:,} patients" if patients else f"{said}, patients not stated"

    learnt = counts(held["images"], held["patients"])
    if held["held_out_images"]:
        learnt += f"; held out {counts(held['held_out_images'], held['held_out_patients'])}"
    return {
        "Learnt from": ", ".join(filter(None, [learnt, held["kind"]])),
        "Classes": ", ".join(held["classes"]) or "none",
        "Training data": held["description"] or "not described",
    }
