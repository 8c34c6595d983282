"""The sentences of messages, by code: in English, as they are shown where no other language is asked for."""

from __future__ import annotations

from ..errors import option

SENTENCES = {
    "analyses_finished": "{number} of {count} analyses finished: {doing}",
    "areas_are_there": "Areas and intervals are there",
    "all_above_usual": "All {count} are above what 1 of {one_in} normal slices shows ({score}).",
    "areas_by_kind": "Areas and intervals by kind",
    "areas_by_level": "Areas and intervals by level",
    "asking_classifier": "Asking the classifier: {number} of {count} findings",
    "batch_halved_completions": "Memory ran out: the batch was halved to {batch} completions.",
    "batch_halved_slices": "Memory ran out: the batch was halved to {batch} slices.",
    "body_cut": (
        "In {count} slices ({where}) the body is cut where the scan ends: what was not measured there was not scored."
    ),
    "bringing_results_together": "Bringing the results together",
    "calibrating_baseline": "Calibrating {name}",
    "cases_finished": "{number} of {count} cases finished",
    "cases_running": "{number} of {count} cases finished, {running} running",
    "comparing_configurations": "Comparing {first} with {second}: {group}, {of}",
    "comparing_images": "Comparing images",
    "comparing_scan": "Comparing the scan with the model's normals",
    "comparing_scan_restoration": "Comparing scan {number} of {count} with its restoration",
    "converting_items": "{what}: {number} of {count}",
    "converting_model": "Converting the model",
    "counting_pixels": "Counting pixels",
    "counting_pixels_healthy_image": "Counting pixels of healthy image {number}",
    "curate_begins": "Reading {count:,} files; the dashboard: {address}",
    "curate_drawing": "Drawing films of virtual patients: {number} of {count}",
    "curate_listing": "Looking through the sources: {number:,} files",
    "curate_progress": "Read {number:,} of {count:,} files, {rate} a second",
    "curate_waiting": "No worker is at work",
    "curate_waiting_jobs": "No job of Slurm is at work; what jobs print is in {folder}",
    "damaged_file": "1 damaged DICOM file in the folder could not be read.",
    "damaged_files": "{count} damaged DICOM files in the folder could not be read.",
    "demo_ct": "CT {title}: {doing}",
    "describing_slices": "Describing slices",
    "describing_slices_inception": "Describing slices (Inception)",
    "describing_slices_radiomics": "Describing slices (radiomics)",
    "dividing_set": "Dividing the set: {number} of {count}",
    "domain_air": (
        "The air beside the body has {own:.0f} HU, in this model's normals {low:.0f} to {high:.0f}: values were cut "
        "off, shifted or scaled."
    ),
    "domain_body": "In {number} of {count} slices ({where}) the body looks like none that this model was made on.",
    "domain_cut": (
        "The body is cut along {own:.0%} of its outline, in this model's normals along {high:.0%} at most: the field "
        "of view is smaller."
    ),
    "domain_edge": (
        "Skin fades into air over {own:.1f} mm, in this model's normals over {low:.1f} to {high:.1f} mm: another "
        "kernel, or other pixels."
    ),
    "domain_enhancement": (
        "What contrast medium brightens most has {own:.0f} HU, in this model's normals {low:.0f} to {high:.0f}: "
        "another phase, or none."
    ),
    "domain_fat": (
        "Fat has {own:.0f} HU, in this model's normals {low:.0f} to {high:.0f}: values were scaled, or the tube "
        "voltage was another."
    ),
    "domain_no_hounsfield": "The image is not in Hounsfield units, and this model was made on CTs that are.",
    "domain_noise": (
        "The noise is {own:.1f} HU, in this model's normals {low:.1f} to {high:.1f}: another dose, kernel or smoothing."
    ),
    "domain_pixels": "The pixels are {own:g} mm wide, those of this model's normals {high:g} mm at most.",
    "domain_scores": (
        "{number} of {count} slices score as high as 1 of 100 normal ones: the whole scan may differ, not places in it."
    ),
    "domain_slices": "The slices are {own:g} mm apart, those of this model's normals {high:g} mm at most.",
    "domain_turned": "The slices run the other way than in this model's normals: the scan may lie upside down.",
    "domain_unknown": (
        f"This scan is not what the model knows, so no findings are listed: add {option('findings_anyway')} to have "
        "them listed."
    ),
    "domain_unknown_listed": "This scan is not what the model knows: its findings, listed as was asked, mean little.",
    "domain_unusual": "This scan is unusual for the model: read its findings with care.",
    "done": "Done",
    "drawing_cases_anew": "Drawing cases anew: {number} of {count}",
    "drawing_configuration": "Drawing {configuration}",
    "drawing_contact_sheet": "Drawing the contact sheet: {number} of {count}",
    "drawing_patients": "Drawing patients",
    "drawing_summary": "Drawing the summary",
    "error_in_hole": ", error in the hole {error}",
    "exchanging_scores": "Exchanging scores: {number} of {count}",
    "explaining_normals": "Explaining normals: {number} of {count} slices",
    "explaining_slices": "Explaining slices: {number} of {count}",
    "exported": "Exported",
    "features_of_images": "{what}: features of {number} of {count}",
    "findings_withheld": "No findings are listed: this scan is not what the model knows.",
    "fetching_file": "Fetching {file}",
    "fetching_images": "Fetching images: {number} of {count}",
    "gallery_packing": "Packing the gallery: {number:,} of {count:,} files",
    "gallery_pictures": "Reading pictures anew: {number:,} of {count:,}",
    "gantry_tilt": (
        "The slices are sheared by {degrees:.1f} degrees (gantry tilt): each was shifted back into place and resampled."
    ),
    "gap_in_scan": "The scan has a gap: slices {where} hold no body, though others above and below them do.",
    "gaps_differ": (
        "The gaps between slices differ ({listed} mm): the series was resampled to one gap of {gap:.2f} mm."
    ),
    "grain_explained": (
        "Grain was explained too: faint anomalies are hidden, and what the model calls usual does not hold."
    ),
    "grey_for_colours": "The model knows pictures in colours and this one is grey: it was shown in grey.",
    "highest_windows_again": "the highest windows again, {number} of {count}",
    "image_twice": "1 image was in the series twice; the copies were left out.",
    "image_lossy": "The image was compressed with losses ({how}): fine texture may be missing.",
    "images_are_there": "The images are there",
    "images_ready": "Images are ready",
    "images_twice": "{count} images were in the series twice; the copies were left out.",
    "inspecting": "Inspecting: {number} of {count}",
    "intervals_scores": "Intervals of {name} scores",
    "keeping_images": "Keeping the images",
    "largest_ct_series": (
        "The folder holds {count} series ({listed}): series {number}, the largest CT, was taken. Name "
        "another one to analyse that (gananomaly info describes them)."
    ),
    "largest_series": (
        "The folder holds {count} series ({listed}): series {number}, the largest, was taken. Name another "
        "one to analyse that (gananomaly info describes them)."
    ),
    "learning_baseline": "Learning the baseline {kind}",
    "loading_engine": "Loading the engine",
    "loading_model": "Loading the model",
    "looking_for_copies": "Looking for copies: {number} of {count}",
    "looking_for_finished_results": "Looking for finished results",
    "looking_for_lesions_scan": "Looking for lesions: scan {number} of {count}",
    "looking_through_folder": "Looking through the folder",
    "looking_through_images": "Looking through the images",
    "made_frames": "Made {number} of {count} frames",
    "made_pictures": "Made {number} of {count} pictures",
    "making_case": "Making the cases: {number} of {count}",
    "making_cases": "Making the cases",
    "masking_given": "What exceeds the masking threshold {threshold} was filled in anew, as was asked.",
    "masking_of_card": "What exceeds the masking threshold {threshold} was filled in anew, as the model's card says.",
    "masking_own": (
        "Each slice was filled in anew above its own 95th percentile: a twentieth of any slice, normal or not."
    ),
    "measured": "Measured",
    "no_body": "No body was found: the whole slices were analysed instead.",
    "no_findings": "No findings.",
    "no_scene": "No scene was written: {why}",
    "none_above_usual": (
        "Nothing here is above what 1 of {one_in} normal slices shows ({score}); the {count} highest places:"
    ),
    "no_views": "The scene has no pictures of the findings beside it: {why}",
    "one_case": "Case {number} of {count}: {doing}",
    "one_model": "Model {number} of {count}: {doing}",
    "one_slice": "Slice {number} of {count}: {doing}",
    "one_slice_read": "Only this one slice was read: give the folder to read the whole series.",
    "one_window": "window {number} of {count}",
    "orientation_unknown": "The file does not say how the patient lies; left and right may be exchanged.",
    "other_images_left_out": "{count} images of another size or orientation (such as scout views) were left out.",
    "other_vgg16": (
        "The VGG16 weights are not torchvision's own file: their SHA-256 is {digest}. Compare distances only "
        "with those of the same file."
    ),
    "own_plane": "This single slice is {plane}, not axial: it is analysed in its own plane.",
    "padding_is_air": "Padding outside the scanned field was taken for air.",
    "path_length": "Path length: {number} of {count}",
    "patients_for_baselines": "Patients for the baselines: {number} of {count}",
    "perceptual_stand_in": "The anomaly map compares pictures by {title}: the model brings no weights of LPIPS.",
    "pixel_size_assumed": "The image does not say how large its pixels are: 1 mm was assumed.",
    "place_unknown": "The slice does not say where in the patient it lies: it was taken as an axial one.",
    "positions_deviate": (
        "The positions of the slices deviate by up to {deviation:.2f} mm from equal gaps of {gap:.4g} mm: "
        "the slices were kept as they are, at equal gaps."
    ),
    "preparing": "Preparing",
    "projected_pictures": "Projected {count} pictures",
    "projection_step": "Projection step {number} of {count}",
    "radiomics_of_images": "{what}: radiomics of {number} of {count}",
    "reading_dicom_images": "Reading DICOM images",
    "reading_images": "Reading images: {number} of {count}",
    "reading_heatmaps": "Reading heatmaps: {number} of {count}",
    "reading_normal_images": "Reading normal images: {number} of {count}",
    "reading_pictures": "Reading pictures",
    "reading_results": "Reading results: {number} of {count}",
    "reading_volume": "Reading the volume",
    "relabelling": "Relabelling: {number:,} of {count:,}",
    "result_reused": "The same analysis was done before; its result is reused",
    "resumed": "Resumed: {number} of {count} slices were finished before.",
    "score_in_unit": "{score} {unit}",
    "score_normal": "{score}x normal",
    "score_usual": "{score}x usual",
    "scored_pictures": "Scored {number} of {count} pictures",
    "scoring_patches": "Scoring patches, slice {number} of {count}",
    "scoring_slice": "Scoring slice {number} of {count}",
    "searched_latents": "Searched {number} of {count} latents",
    "searching_masking_threshold": "Searching the masking threshold: {number} of {count} scans",
    "searching_thresholds_healthy_image": "Searching thresholds: healthy image {number}",
    "sending_objects": "Sending {number} of {count}",
    "series_of_listing": (
        "Series {number} of the listing was taken; the one with DICOM number {number} is {others} there."
    ),
    "several_slices": "Slices {first}-{last} of {count}: {doing}",
    "series_lossy": "The series was compressed with losses ({how}): fine texture may be missing.",
    "simulated_needle_fluid_collection": "Simulated a needle and a fluid collection",
    "simulating_needle_fluid_collection": "Simulating a needle and a fluid collection",
    "simulating_studies": "Simulating studies: {number} of {count}",
    "slice_missing": (
        "1 slice is missing from the series: the gaps were filled by interpolation between the neighbours."
    ),
    "slices_without_body": (
        "{count} slices ({where}) hold no body, or less of one than the model was made on: they were not scored."
    ),
    "slices_missing": (
        "{count} slices are missing from the series: the gaps were filled by interpolation between the neighbours."
    ),
    "some_above_usual": (
        "{above} of {count} are above what 1 of {one_in} normal slices shows ({score}); the others are within the "
        "usual."
    ),
    "some_images_lossy": (
        "{number} of {count} images were compressed with losses ({how}): fine texture may be missing."
    ),
    "starting": "Starting",
    "summarising": "Summarising",
    "tilted_plane": "The slices are tilted {degrees:.0f} degrees from {plane} and are analysed in their own plane.",
    "trained": "Trained",
    "training_autoencoder": "Training the autoencoder: step {number} of {count}",
    "training_encoder": "Training the encoder: step {number}",
    "training_iterations": "Training: iteration {number}{planned}{error}",
    "training_images": "Training: {seen:.1f}{planned} thousand images",
    "training_steps": "Training: step {number}{planned}",
    "training_scan": "Training scan {number} of {count}",
    "unit_grey_levels": "grey levels",
    "unit_l2": "L2",
    "unit_l2_of_features": "L2 (features)",
    "unit_map": "map",
    "unit_normal": "x normal",
    "unit_squared_grey_levels": "sq. grey levels",
    "unit_usual": "x usual",
    "usual_unknown": (
        "{count} places, the highest first. What normal slices show with these settings is not known: any of them "
        "may be within the usual."
    ),
    "values_offset": "{offset:+g} was added to all values, as was asked.",
    "waiting_for_studies": "Waiting for new studies; {done} are done",
    "why_brighter": "brighter than usual",
    "why_brighter_by": "brighter by {hu} HU",
    "why_brighter_over": "brighter by over {hu} HU",
    "why_darker": "darker than usual",
    "why_darker_by": "darker by {hu} HU",
    "why_darker_over": "darker by over {hu} HU",
    "why_displaced": "displaced by {mm} mm",
    "why_rougher": "rougher than usual",
    "why_smoother": "smoother than usual",
    "writing_report": "Writing the report",
    "writing_result": "Writing the result",
    "writing_scene_views": "Writing the scene and its views",
    "writing_scenes": "Writing the 3D Slicer scenes",
    "writing_tables": "Writing tables",
}
"""Options are marked (:func:`~.errors.option`). Places in braces are values of the message; ``{number} of {count}``
counts from 1."""
