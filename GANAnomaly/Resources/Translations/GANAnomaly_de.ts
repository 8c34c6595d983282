<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="de" sourcelanguage="en">
<context>
    <name>GANAnomaly</name>
    <message>
        <source>, error in the hole {error}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>1 damaged DICOM file in the folder could not be read.</source>
        <translation>1 beschädigte DICOM-Datei im Ordner konnte nicht gelesen werden.</translation>
    </message>
    <message>
        <source>1 image was in the series twice; the copies were left out.</source>
        <translation>1 Bild war doppelt in der Serie; die Kopien wurden weggelassen.</translation>
    </message>
    <message>
        <source>1 slice is missing from the series: the gaps were filled by interpolation between the neighbours.</source>
        <translation>In der Serie fehlt 1 Schicht: Die Lücken wurden durch Interpolation zwischen den Nachbarn gefüllt.</translation>
    </message>
    <message>
        <source>A PostgreSQL database is copied by its own program: run pg_dump.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A baseline has no published projection: use mode fast.</source>
        <translation>Ein Vergleichsmodell kennt keine veröffentlichte Projektion: den schnellen Modus nehmen.</translation>
    </message>
    <message>
        <source>A baseline searches nothing: leave the steps out.</source>
        <translation>Ein Vergleichsmodell sucht nichts: die Schritte weglassen.</translation>
    </message>
    <message>
        <source>A calibration needs normal slices and their reconstructions, 8-bit and of one size.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A calibration needs the reconstruction and the patch map of at least one normal slice.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A comment must be text.</source>
        <translation>Ein Kommentar muss Text sein.</translation>
    </message>
    <message>
        <source>A file could not be read or written ({why}).</source>
        <translation>Eine Datei konnte nicht gelesen oder geschrieben werden ({why}).</translation>
    </message>
    <message>
        <source>A file or folder does not exist any more: check the input and the result&apos;s folder.</source>
        <translation>Eine Datei oder ein Ordner ist nicht mehr da: Prüfen Sie die Eingabe und den Ergebnisordner.</translation>
    </message>
    <message>
        <source>A memory has no published projection: use mode fast.</source>
        <translation>Ein Gedächtnis kennt keine veröffentlichte Projektion: den schnellen Modus nehmen.</translation>
    </message>
    <message>
        <source>A memory searches nothing in steps: leave the steps out.</source>
        <translation>Ein Gedächtnis sucht nicht in Schritten: die Schritte weglassen.</translation>
    </message>
    <message>
        <source>A picture is not a CT in Hounsfield units: allow any image (⟨allow_any⟩) to go on.</source>
        <translation>Ein Bild ist kein CT in Hounsfield-Einheiten: Lassen Sie beliebige Bilder zu (⟨allow_any⟩), um fortzufahren.</translation>
    </message>
    <message>
        <source>A video needs at least 2 frames, 1 frame a second and pictures of 32 pixels.</source>
        <translation>Ein Film braucht mindestens 2 Bilder, 1 Bild je Sekunde und Bilder von 32 Pixeln.</translation>
    </message>
    <message>
        <source>Access to a file was refused: check who may read the input and write to the result.</source>
        <translation>Der Zugriff auf eine Datei wurde verweigert: Prüfen Sie, wer die Eingabe lesen und in das Ergebnis schreiben darf.</translation>
    </message>
    <message>
        <source>All {count} are above what 1 of {one_in} normal slices shows ({score}).</source>
        <translation>Alle {count} liegen über dem, was 1 von {one_in} normalen Schichten zeigt ({score}).</translation>
    </message>
    <message>
        <source>An .mp4 video needs the packages imageio and imageio-ffmpeg: install them, or name the video .gif.</source>
        <translation>Ein Film als .mp4 braucht die Pakete imageio und imageio-ffmpeg: sie installieren oder den Film .gif nennen.</translation>
    </message>
    <message>
        <source>AnoDDPM</source>
        <translation>AnoDDPM</translation>
    </message>
    <message>
        <source>Areas and intervals are there</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Areas and intervals by kind</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Areas and intervals by level</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Both databases have a reading of a study that was closed, or amended, in each: nothing was copied.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Both databases have a study of the same name, with different designs: nothing was copied.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Both databases have a study whose cases were given to readers in different orders: nothing was copied.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Both databases know an analysis, but with other findings: it was computed on two computers with other numbers. Nothing was copied.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Bringing the results together</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>CT {title}: {doing}</source>
        <translation>CT {title}: {doing}</translation>
    </message>
    <message>
        <source>Calibrating {name}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Case {number} of {count}: {doing}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Compare</source>
        <translation>Vergleich</translation>
    </message>
    <message>
        <source>Comparing images</source>
        <translation>Bilder werden verglichen</translation>
    </message>
    <message>
        <source>Comparing scan {number} of {count} with its restoration</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Comparing the scan with the model&apos;s normals</source>
        <translation>Die Aufnahme wird mit den Normalen des Modells verglichen</translation>
    </message>
    <message>
        <source>Comparing {first} with {second}: {group}, {of}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Completions</source>
        <translation>Vervollständigungen</translation>
    </message>
    <message>
        <source>Context-encoding variational autoencoder</source>
        <translation>Variationeller Autoencoder, der Lücken füllt (ceVAE)</translation>
    </message>
    <message>
        <source>Converting the model</source>
        <translation>Modell wird umgewandelt</translation>
    </message>
    <message>
        <source>Counting pixels</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Counting pixels of healthy image {number}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Critic&apos;s features</source>
        <translation>Merkmale des Kritikers</translation>
    </message>
    <message>
        <source>Describing slices</source>
        <translation>Schichten werden beschrieben</translation>
    </message>
    <message>
        <source>Describing slices (Inception)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Describing slices (radiomics)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Dividing the set: {number} of {count}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Done</source>
        <translation>Fertig</translation>
    </message>
    <message>
        <source>Drawing cases anew: {number} of {count}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Drawing films of virtual patients: {number} of {count}</source>
        <translation>Aufnahmen virtueller Patienten werden gezeichnet: {number} von {count}</translation>
    </message>
    <message>
        <source>Drawing patients</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Drawing the contact sheet: {number} of {count}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Drawing the scene took longer than 15 minutes and was stopped.</source>
        <translation>Das Zeichnen der Szene dauerte länger als 15 Minuten und wurde abgebrochen.</translation>
    </message>
    <message>
        <source>Drawing the summary</source>
        <translation>Übersicht wird gezeichnet</translation>
    </message>
    <message>
        <source>Drawing {configuration}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Each slice was filled in anew above its own 95th percentile: a twentieth of any slice, normal or not.</source>
        <translation>Jede Schicht wurde oberhalb ihres eigenen 95. Perzentils neu gefüllt: ein Zwanzigstel jeder Schicht, ob normal oder nicht.</translation>
    </message>
    <message>
        <source>Effort</source>
        <translation>Aufwand</translation>
    </message>
    <message>
        <source>Every voxel of the image is {value:g}: there is nothing to see, export it again.</source>
        <translation>Jeder Voxel des Bildes ist {value:g}: Es ist nichts zu sehen; bitte neu exportieren.</translation>
    </message>
    <message>
        <source>Exchanging scores: {number} of {count}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Explaining normals: {number} of {count} slices</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Explaining slices: {number} of {count}</source>
        <translation>Schichten werden erklärt: {number} von {count}</translation>
    </message>
    <message>
        <source>Exported</source>
        <translation>Exportiert</translation>
    </message>
    <message>
        <source>Fat has {own:.0f} HU, in this model&apos;s normals {low:.0f} to {high:.0f}: values were scaled, or the tube voltage was another.</source>
        <translation>Fett hat {own:.0f} HU, bei den Normalen dieses Modells {low:.0f} bis {high:.0f}: Die Werte wurden skaliert, oder die Röhrenspannung war eine andere.</translation>
    </message>
    <message>
        <source>Fetching {file}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Give two pictures or two folders, not one of each.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Grain was explained too: faint anomalies are hidden, and what the model calls usual does not hold.</source>
        <translation>Auch das Korn wurde erklärt: Schwache Auffälligkeiten bleiben verborgen, und was das Modell üblich nennt, gilt nicht.</translation>
    </message>
    <message>
        <source>How many cases, and after how many, cannot be negative.</source>
        <translation>Wie viele Fälle, und nach wie vielen, kann nicht negativ sein.</translation>
    </message>
    <message>
        <source>Images are ready</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>In {count} slices ({where}) the body is cut where the scan ends: what was not measured there was not scored.</source>
        <translation>In {count} Schichten ({where}) ist der Körper am Rand der Aufnahme abgeschnitten: Was dort nicht gemessen wurde, wurde nicht bewertet.</translation>
    </message>
    <message>
        <source>In {number} of {count} slices ({where}) the body looks like none that this model was made on.</source>
        <translation>In {number} von {count} Schichten ({where}) gleicht der Körper keinem, mit dem dieses Modell gemacht wurde.</translation>
    </message>
    <message>
        <source>Inspecting: {number} of {count}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Intervals of {name} scores</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Keeping the images</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>L2</source>
        <translation>L2</translation>
    </message>
    <message>
        <source>L2 (features)</source>
        <translation>L2 (Merkmale)</translation>
    </message>
    <message>
        <source>Latent transformer</source>
        <translation>Latenter Transformer (LTM)</translation>
    </message>
    <message>
        <source>Learned scorer</source>
        <translation>Gelernte Bewertung</translation>
    </message>
    <message>
        <source>Learning the baseline {kind}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Loading the engine</source>
        <translation>Programm wird geladen</translation>
    </message>
    <message>
        <source>Loading the model</source>
        <translation>Modell wird geladen</translation>
    </message>
    <message>
        <source>Looking for copies: {number} of {count}</source>
        <translation>Kopien werden gesucht: {number} von {count}</translation>
    </message>
    <message>
        <source>Looking for finished results</source>
        <translation>Fertige Ergebnisse werden gesucht</translation>
    </message>
    <message>
        <source>Looking for lesions: scan {number} of {count}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Looking through the folder</source>
        <translation>Ordner wird durchgesehen</translation>
    </message>
    <message>
        <source>Looking through the images</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Looking through the sources: {number:,} files</source>
        <translation>Die Quellen werden durchgesehen: {number:,} Dateien</translation>
    </message>
    <message>
        <source>Made {number} of {count} frames</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Made {number} of {count} pictures</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Making the cases</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Making the cases: {number} of {count}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Many values are below zero ({low:g} to {high:g}), and an MR has none: give it as the scanner made it, not normalised, or allow any image (⟨allow_any⟩) to go on.</source>
        <translation>Viele Werte liegen unter null ({low:g} bis {high:g}), ein MR hat keine: Bitte wie vom Gerät aufgenommen angeben, nicht normiert, oder beliebige Bilder zulassen (⟨allow_any⟩).</translation>
    </message>
    <message>
        <source>Masked autoencoder</source>
        <translation>Maskierter Autoencoder (MAE)</translation>
    </message>
    <message>
        <source>Masking threshold</source>
        <translation>Maskenschwelle</translation>
    </message>
    <message>
        <source>Measured</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Memory of normal features</source>
        <translation>Gedächtnis normaler Merkmale</translation>
    </message>
    <message>
        <source>Memory ran out even for a single slice: close other programs, or use ⟨device=cpu⟩.</source>
        <translation>Der Speicher reichte nicht einmal für eine einzelne Schicht: Schließen Sie andere Programme, oder nehmen Sie ⟨device=cpu⟩.</translation>
    </message>
    <message>
        <source>Memory ran out: the batch was halved to {batch} completions.</source>
        <translation>Der Speicher reichte nicht: Es werden nur noch {batch} Vervollständigungen auf einmal berechnet.</translation>
    </message>
    <message>
        <source>Memory ran out: the batch was halved to {batch} slices.</source>
        <translation>Der Speicher reichte nicht: Es werden nur noch {batch} Schichten auf einmal berechnet.</translation>
    </message>
    <message>
        <source>Model {number} of {count}: {doing}</source>
        <translation>Modell {number} von {count}: {doing}</translation>
    </message>
    <message>
        <source>MorphAEus, a deformable autoencoder</source>
        <translation>MorphAEus, ein verformender Autoencoder</translation>
    </message>
    <message>
        <source>Name at least one metric and one region to score.</source>
        <translation>Mindestens ein Maß und einen Bereich nennen.</translation>
    </message>
    <message>
        <source>Name at least one metric in a list: mcd_image, mcd_feature, mean_cd_image, mean_cd_feature, med_cd_image, med_cd_feature.</source>
        <translation>Mindestens ein Maß in einer Liste nennen: mcd_image, mcd_feature, mean_cd_image, mean_cd_feature, med_cd_image, med_cd_feature.</translation>
    </message>
    <message>
        <source>No Apple GPU can be used here: take ⟨device=auto⟩ or cpu.</source>
        <translation>Hier kann keine Apple-Grafik benutzt werden: Nehmen Sie ⟨device=auto⟩ oder den Prozessor.</translation>
    </message>
    <message>
        <source>No CUDA device can be used here: take ⟨device=auto⟩, or install a CUDA build of torch.</source>
        <translation>Hier kann keine NVIDIA-Grafikkarte (CUDA) benutzt werden: Nehmen Sie ⟨device=auto⟩, oder installieren Sie PyTorch mit CUDA.</translation>
    </message>
    <message>
        <source>No body was found: the whole slices were analysed instead.</source>
        <translation>Es wurde kein Körper gefunden: Die ganzen Schichten wurden analysiert.</translation>
    </message>
    <message>
        <source>No findings are listed: this scan is not what the model knows.</source>
        <translation>Es sind keine Befunde aufgeführt: Diese Aufnahme kennt das Modell nicht.</translation>
    </message>
    <message>
        <source>No findings.</source>
        <translation>Keine Befunde.</translation>
    </message>
    <message>
        <source>No job of Slurm is at work; what jobs print is in {folder}</source>
        <translation>Kein Auftrag von Slurm ist bei der Arbeit; was Aufträge ausgeben, steht in {folder}</translation>
    </message>
    <message>
        <source>No scene was written: {why}</source>
        <translation>Es wurde keine Szene geschrieben: {why}</translation>
    </message>
    <message>
        <source>No worker is at work</source>
        <translation>Kein Arbeitsprozess ist bei der Arbeit</translation>
    </message>
    <message>
        <source>Nothing here is above what 1 of {one_in} normal slices shows ({score}); the {count} highest places:</source>
        <translation>Nichts liegt hier über dem, was 1 von {one_in} normalen Schichten zeigt ({score}); die {count} höchsten Stellen:</translation>
    </message>
    <message>
        <source>Nothing of the study {study} is assigned yet: there is nothing to finish.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Only the minimum distance (mcd) can be adaptive: take mode exact for mean and median.</source>
        <translation>Nur der kleinste Abstand (mcd) kann adaptiv sein: für Mittel und Median den Modus exact nehmen.</translation>
    </message>
    <message>
        <source>Only this one slice was read: give the folder to read the whole series.</source>
        <translation>Nur diese eine Schicht wurde gelesen: Geben Sie den Ordner an, um die ganze Serie zu lesen.</translation>
    </message>
    <message>
        <source>PHANES, pseudo-healthy generative networks</source>
        <translation>PHANES, pseudo-gesunde generative Netze</translation>
    </message>
    <message>
        <source>PICARD completion</source>
        <translation>PICARD-Vervollständigung</translation>
    </message>
    <message>
        <source>Packing the gallery: {number:,} of {count:,} files</source>
        <translation>Die Galerie wird geschrieben: {number:,} von {count:,} Dateien</translation>
    </message>
    <message>
        <source>Padding outside the scanned field was taken for air.</source>
        <translation>Auffüllung außerhalb des Messfelds wurde als Luft genommen.</translation>
    </message>
    <message>
        <source>Patch size {given} is larger than the {largest}-pixel images of model {model!r}.</source>
        <translation>Ein Ausschnitt von {given} Pixeln ist größer als die Bilder des Modells {model!r} mit {largest} Pixeln.</translation>
    </message>
    <message>
        <source>Patched DDPM</source>
        <translation>DDPM in Feldern (patched DDPM)</translation>
    </message>
    <message>
        <source>Path length: {number} of {count}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Patients for the baselines: {number} of {count}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Preparing</source>
        <translation>Vorbereitung</translation>
    </message>
    <message>
        <source>Projected {count} pictures</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Projection step {number} of {count}</source>
        <translation>Projektion, Schritt {number} von {count}</translation>
    </message>
    <message>
        <source>Read {number:,} of {count:,} files, {rate} a second</source>
        <translation>{number:,} von {count:,} Dateien gelesen, {rate} je Sekunde</translation>
    </message>
    <message>
        <source>Reading DICOM images</source>
        <translation>DICOM-Bilder werden gelesen</translation>
    </message>
    <message>
        <source>Reading a configuration needs PyYAML: run  pip install &apos;gananomaly[train]&apos;.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Reading heatmaps: {number} of {count}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Reading images: {number} of {count}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Reading normal images: {number} of {count}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Reading pictures</source>
        <translation>Bilder werden gelesen</translation>
    </message>
    <message>
        <source>Reading pictures anew: {number:,} of {count:,}</source>
        <translation>Bilder werden neu gelesen: {number:,} von {count:,}</translation>
    </message>
    <message>
        <source>Reading results: {number} of {count}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Reading the volume</source>
        <translation>Volumen wird gelesen</translation>
    </message>
    <message>
        <source>Reading {count:,} files; the dashboard: {address}</source>
        <translation>{count:,} Dateien werden gelesen; die Übersicht: {address}</translation>
    </message>
    <message>
        <source>Region &apos;mask&apos; needs a mask file: give one with ⟨mask⟩.</source>
        <translation>Der Bereich „Maske“ braucht eine Maskendatei: bitte mit ⟨mask⟩ angeben.</translation>
    </message>
    <message>
        <source>Region &apos;mask&apos; needs a mask picture, or a folder of them: give one.</source>
        <translation>Der Bereich „Maske“ braucht ein Maskenbild oder einen Ordner davon: bitte angeben.</translation>
    </message>
    <message>
        <source>Relabelling: {number:,} of {count:,}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Resumed: {number} of {count} slices were finished before.</source>
        <translation>Fortgesetzt: {number} von {count} Schichten waren schon fertig.</translation>
    </message>
    <message>
        <source>Reversed autoencoder</source>
        <translation>Umgekehrter Autoencoder (RA)</translation>
    </message>
    <message>
        <source>SSIM compares 7 x 7 pixel neighbourhoods and this image is smaller: choose wd or mse.</source>
        <translation>SSIM vergleicht Umgebungen von 7 x 7 Pixeln, und dieses Bild ist kleiner: Wählen Sie wd oder mse.</translation>
    </message>
    <message>
        <source>Say why the reading is amended.</source>
        <translation>Bitte sagen, warum die Befundung geändert wird.</translation>
    </message>
    <message>
        <source>Scored {number} of {count} pictures</source>
        <translation>{number} von {count} Bildern bewertet</translation>
    </message>
    <message>
        <source>Scoring patches, slice {number} of {count}</source>
        <translation>Ausschnitte werden bewertet, Schicht {number} von {count}</translation>
    </message>
    <message>
        <source>Scoring slice {number} of {count}</source>
        <translation>Schicht {number} von {count} wird bewertet</translation>
    </message>
    <message>
        <source>Searched {number} of {count} latents</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Searching the masking threshold: {number} of {count} scans</source>
        <translation>Maskenschwelle wird gesucht: {number} von {count} Aufnahmen</translation>
    </message>
    <message>
        <source>Searching thresholds: healthy image {number}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Series {number} of the listing was taken; the one with DICOM number {number} is {others} there.</source>
        <translation>Serie {number} der Liste wurde genommen; die mit der DICOM-Nummer {number} ist dort {others}.</translation>
    </message>
    <message>
        <source>Session {session} of the study {study} begins after the washout of {days} days, on {when} (UTC) at the earliest.</source>
        <translation>Sitzung {session} der Studie {study} beginnt nach der Auswaschzeit von {days} Tagen, frühestens am {when} (UTC).</translation>
    </message>
    <message>
        <source>Simple baseline</source>
        <translation>Einfaches Vergleichsverfahren</translation>
    </message>
    <message>
        <source>Simulated a needle and a fluid collection</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Simulating a needle and a fluid collection</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Simulating studies: {number} of {count}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Skin fades into air over {own:.1f} mm, in this model&apos;s normals over {low:.1f} to {high:.1f} mm: another kernel, or other pixels.</source>
        <translation>Die Haut geht über {own:.1f} mm in Luft über, bei den Normalen dieses Modells über {low:.1f} bis {high:.1f} mm: ein anderer Faltungskern oder andere Pixel.</translation>
    </message>
    <message>
        <source>Skip air</source>
        <translation>Luft auslassen</translation>
    </message>
    <message>
        <source>Slice {number} of {count}: {doing}</source>
        <translation>Schicht {number} von {count}: {doing}</translation>
    </message>
    <message>
        <source>Slicer&apos;s core cannot be loaded because a graphics library is missing: on Debian and Ubuntu install it with &apos;apt install libgl1 libegl1 libxrender1&apos;.</source>
        <translation>Slicers Kern lässt sich nicht laden, weil eine Grafikbibliothek fehlt: unter Debian und Ubuntu mit &apos;apt install libgl1 libegl1 libxrender1&apos; installieren.</translation>
    </message>
    <message>
        <source>Slicer&apos;s core stopped while drawing the scene, most often because off-screen graphics are missing: on Debian and Ubuntu install them with &apos;apt install libgl1 libegl1 libxrender1&apos;, or leave the scene out.</source>
        <translation>Slicers Kern brach beim Zeichnen der Szene ab, meist weil Grafik ohne Bildschirm fehlt: unter Debian und Ubuntu mit &apos;apt install libgl1 libegl1 libxrender1&apos; installieren oder die Szene weglassen.</translation>
    </message>
    <message>
        <source>Slices {first}-{last} of {count}: {doing}</source>
        <translation>Schichten {first}-{last} von {count}: {doing}</translation>
    </message>
    <message>
        <source>Slices {first}:{stop} lie outside the volume, which has slices 0:{count}.</source>
        <translation>Die Schichten {first}:{stop} liegen außerhalb des Volumens mit den Schichten 0:{count}.</translation>
    </message>
    <message>
        <source>Soft introspective variational autoencoder</source>
        <translation>Introspektiver variationeller Autoencoder (SI-VAE)</translation>
    </message>
    <message>
        <source>Some slices of the series lie only {step:.2g} mm from their neighbours and others {widest:.3g} mm (several phases or reconstructions in one): export the one that you want to analyse.</source>
        <translation>Einige Schichten der Serie liegen nur {step:.2g} mm von ihren Nachbarn, andere {widest:.3g} mm (mehrere Phasen oder Rekonstruktionen in einer): Exportieren Sie die, die analysiert werden soll.</translation>
    </message>
    <message>
        <source>Starting</source>
        <translation>Beginn</translation>
    </message>
    <message>
        <source>Stride</source>
        <translation>Schrittweite</translation>
    </message>
    <message>
        <source>StyleGAN2 projection</source>
        <translation>StyleGAN2-Projektion</translation>
    </message>
    <message>
        <source>Summarising</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The Python package {package} cannot be loaded: install it again.</source>
        <translation>Das Python-Paket {package} kann nicht geladen werden: Installieren Sie es erneut.</translation>
    </message>
    <message>
        <source>The Python package {package} is not installed: install it and try again.</source>
        <translation>Das Python-Paket {package} ist nicht installiert: Installieren Sie es, und versuchen Sie es erneut.</translation>
    </message>
    <message>
        <source>The URL of the review database cannot be read: it is like postgresql://HOST/NAME.</source>
        <translation>Die URL der Befundungsdatenbank ist nicht lesbar: sie sieht aus wie postgresql://HOST/NAME.</translation>
    </message>
    <message>
        <source>The URL of the review database names no file: give sqlite:///PATH, or the path alone.</source>
        <translation>Die URL der Befundungsdatenbank nennt keine Datei: geben Sie sqlite:///PFAD oder nur den Pfad an.</translation>
    </message>
    <message>
        <source>The VGG16 weights are not torchvision&apos;s own file: their SHA-256 is {digest}. Compare distances only with those of the same file.</source>
        <translation>Die VGG16-Gewichte sind nicht die Datei von torchvision: Ihr SHA-256 ist {digest}. Vergleichen Sie Abstände nur mit solchen derselben Datei.</translation>
    </message>
    <message>
        <source>The air beside the body has {own:.0f} HU, in this model&apos;s normals {low:.0f} to {high:.0f}: values were cut off, shifted or scaled.</source>
        <translation>Die Luft neben dem Körper hat {own:.0f} HU, bei den Normalen dieses Modells {low:.0f} bis {high:.0f}: Die Werte wurden abgeschnitten, verschoben oder skaliert.</translation>
    </message>
    <message>
        <source>The anomaly map compares pictures by {title}: the model brings no weights of LPIPS.</source>
        <translation>Die Anomaliekarte vergleicht Bilder mit {title}: Das Modell bringt keine Gewichte von LPIPS mit.</translation>
    </message>
    <message>
        <source>The body is cut along {own:.0%} of its outline, in this model&apos;s normals along {high:.0%} at most: the field of view is smaller.</source>
        <translation>Der Körper ist auf {own:.0%} seines Umrisses abgeschnitten, bei den Normalen dieses Modells auf höchstens {high:.0%}: Das Bildfeld ist kleiner.</translation>
    </message>
    <message>
        <source>The box has no extent: draw it from one corner to the opposite one, or mark a point.</source>
        <translation>Der Kasten hat keine Ausdehnung: Ziehen Sie ihn von einer Ecke zur gegenüberliegenden, oder markieren Sie einen Punkt.</translation>
    </message>
    <message>
        <source>The chosen segment cannot be turned into voxels: draw it anew in the Segment Editor.</source>
        <translation>Das gewählte Segment lässt sich nicht in Voxel umwandeln: Zeichnen Sie es im Segment Editor neu.</translation>
    </message>
    <message>
        <source>The chosen segment is no longer there: choose another one, or none.</source>
        <translation>Das gewählte Segment gibt es nicht mehr: Wählen Sie ein anderes oder keines.</translation>
    </message>
    <message>
        <source>The compare views are not shown: choose a compare layout first.</source>
        <translation>Die Vergleichsansichten sind nicht zu sehen: Wählen Sie zuerst eine vergleichende Anordnung.</translation>
    </message>
    <message>
        <source>The confidence must be from 1 to 5.</source>
        <translation>Die Sicherheit muss von 1 bis 5 sein.</translation>
    </message>
    <message>
        <source>The decoder for compressed DICOM images could not be started: check the installation (SimpleITK), or export the images uncompressed.</source>
        <translation>Das Programm zum Auspacken komprimierter DICOM-Bilder ließ sich nicht starten: Prüfen Sie die Installation (SimpleITK), oder exportieren Sie die Bilder unkomprimiert.</translation>
    </message>
    <message>
        <source>The design of the study {study} has no seed for its order: give one.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The design of the study {study} has the seed {seed}: leave the other out, or create a study of another name.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The disk is full: free some space or choose another folder for the result.</source>
        <translation>Der Datenträger ist voll: Schaffen Sie Platz, oder wählen Sie einen anderen Ordner für das Ergebnis.</translation>
    </message>
    <message>
        <source>The disk of the review database {place} cannot be read or written: check it, and bring back a backup.</source>
        <translation>Die Platte der Befundungsdatenbank {place} lässt sich nicht lesen oder beschreiben: prüfen Sie sie, und holen Sie eine Sicherung zurück.</translation>
    </message>
    <message>
        <source>The disk of the review database {place} is full: free some space and try again; what was kept before is whole.</source>
        <translation>Die Platte der Befundungsdatenbank {place} ist voll: schaffen Sie Platz, und versuchen Sie es noch einmal; was vorher festgehalten war, ist ganz.</translation>
    </message>
    <message>
        <source>The disk of {target} is full: free some space, or choose another place for the copy.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The file does not say how the patient lies; left and right may be exchanged.</source>
        <translation>Die Datei sagt nicht, wie der Patient liegt; links und rechts können vertauscht sein.</translation>
    </message>
    <message>
        <source>The findings cannot be drawn: this machine has no off-screen graphics. On Debian and Ubuntu install it with &apos;apt install libegl1 libgl1 libosmesa6&apos;.</source>
        <translation>Die Befunde lassen sich nicht zeichnen: Dieser Rechner hat keine Grafik ohne Bildschirm. Unter Debian und Ubuntu mit &apos;apt install libegl1 libgl1 libosmesa6&apos; installieren.</translation>
    </message>
    <message>
        <source>The fitting of grain cannot be filmed: leave grain_steps or save_video out.</source>
        <translation>Das Anpassen von Korn lässt sich nicht filmen: grain_steps oder save_video weglassen.</translation>
    </message>
    <message>
        <source>The folder holds {count} series ({listed}): series {number}, the largest CT, was taken. Name another one to analyse that (gananomaly info describes them).</source>
        <translation>Der Ordner enthält {count} Serien ({listed}): Serie {number}, das größte CT, wurde genommen. Nennen Sie eine andere, um jene zu analysieren (gananomaly info beschreibt sie).</translation>
    </message>
    <message>
        <source>The folder holds {count} series ({listed}): series {number}, the largest, was taken. Name another one to analyse that (gananomaly info describes them).</source>
        <translation>Der Ordner enthält {count} Serien ({listed}): Serie {number}, die größte, wurde genommen. Nennen Sie eine andere, um jene zu analysieren (gananomaly info beschreibt sie).</translation>
    </message>
    <message>
        <source>The gaps between slices differ ({listed} mm): the series was resampled to one gap of {gap:.2f} mm.</source>
        <translation>Die Abstände der Schichten sind verschieden ({listed} mm): Die Serie wurde auf einen Abstand von {gap:.2f} mm umgerechnet.</translation>
    </message>
    <message>
        <source>The heatmap&apos;s own colours were deleted from the scene: choose another colour table.</source>
        <translation>Die eigenen Farben der Wärmekarte wurden aus der Szene gelöscht: Wählen Sie eine andere Farbtabelle.</translation>
    </message>
    <message>
        <source>The image does not say how large its pixels are: 1 mm was assumed.</source>
        <translation>Das Bild sagt nicht, wie groß seine Pixel sind: 1 mm wurde angenommen.</translation>
    </message>
    <message>
        <source>The image has pixels that are no numbers (NaN or infinite): repair it before the analysis.</source>
        <translation>Das Bild hat Pixel, die keine Zahlen sind (NaN oder unendlich): Reparieren Sie es vor der Analyse.</translation>
    </message>
    <message>
        <source>The image holds values that are not numbers (NaN or infinite), so it cannot be scored.</source>
        <translation>Das Bild enthält Werte, die keine Zahlen sind (NaN oder unendlich), und kann deshalb nicht bewertet werden.</translation>
    </message>
    <message>
        <source>The image is not a CT: its modality is {modality}. Give a CT, or allow any image (⟨allow_any⟩) to go on.</source>
        <translation>Das Bild ist kein CT: Seine Modalität ist {modality}. Nehmen Sie ein CT, oder lassen Sie beliebige Bilder zu (⟨allow_any⟩), um fortzufahren.</translation>
    </message>
    <message>
        <source>The image is not an MR: its modality is {modality}. Give an MR, or allow any image (⟨allow_any⟩) to go on.</source>
        <translation>Das Bild ist kein MR: Seine Modalität ist {modality}. Bitte ein MR angeben oder beliebige Bilder zulassen (⟨allow_any⟩).</translation>
    </message>
    <message>
        <source>The image is not in Hounsfield units, and this model was made on CTs that are.</source>
        <translation>Das Bild ist nicht in Hounsfield-Einheiten, und dieses Modell wurde mit CTs gemacht, die es sind.</translation>
    </message>
    <message>
        <source>The image shows nothing that is brighter than its background: export it again.</source>
        <translation>Das Bild zeigt nichts, was heller ist als sein Hintergrund: bitte neu exportieren.</translation>
    </message>
    <message>
        <source>The image was compressed with losses ({how}): fine texture may be missing.</source>
        <translation>Das Bild wurde mit Verlusten komprimiert ({how}): Feine Struktur kann fehlen.</translation>
    </message>
    <message>
        <source>The image&apos;s values must lie between -1 and 1: apply the window and level first.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The images hold no pixels, so there is nothing to compare.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The images of this case are not where they were: bring them back, or load them and open the result on them.</source>
        <translation>Die Bilder dieses Falls sind nicht mehr, wo sie waren: bringen Sie sie zurück, oder laden Sie sie und öffnen Sie das Ergebnis darauf.</translation>
    </message>
    <message>
        <source>The images of this case are others than were analysed: analyse them again.</source>
        <translation>Die Bilder dieses Falls sind andere als die analysierten: analysieren Sie sie noch einmal.</translation>
    </message>
    <message>
        <source>The layout filename,dist holds one metric in one region: score one, or write all columns.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The mask is empty, so no pixel can be scored: choose another label or region.</source>
        <translation>Die Maske ist leer, deshalb kann kein Pixel bewertet werden: Wählen Sie ein anderes Label oder einen anderen Bereich.</translation>
    </message>
    <message>
        <source>The mask marks nothing in slices {first}:{stop}: choose other slices.</source>
        <translation>Die Maske markiert nichts in den Schichten {first}:{stop}: Wählen Sie andere Schichten.</translation>
    </message>
    <message>
        <source>The memory&apos;s codes are cut short: get the model again.</source>
        <translation>Die Einträge des Gedächtnisses sind abgeschnitten: das Modell neu besorgen.</translation>
    </message>
    <message>
        <source>The memory&apos;s codes are damaged: get the model again.</source>
        <translation>Die Einträge des Gedächtnisses sind beschädigt: das Modell neu besorgen.</translation>
    </message>
    <message>
        <source>The memory&apos;s codes are more than its card says: get the model again.</source>
        <translation>Das Gedächtnis hat mehr Einträge, als seine Karte sagt: das Modell neu besorgen.</translation>
    </message>
    <message>
        <source>The model knows pictures in colours and this one is grey: it was shown in grey.</source>
        <translation>Das Modell kennt farbige Bilder, und dieses ist grau: Es wurde in Grau gezeigt.</translation>
    </message>
    <message>
        <source>The model makes images of {channels} channels: only grey and RGB models can be used.</source>
        <translation>Das Modell macht Bilder mit {channels} Kanälen: Nur graue und RGB-Modelle können benutzt werden.</translation>
    </message>
    <message>
        <source>The model&apos;s calibration cannot be read: get the model again, or use ⟨no_calibration⟩.</source>
        <translation>Die Kalibrierung des Modells kann nicht gelesen werden: Besorgen Sie das Modell erneut, oder nehmen Sie ⟨no_calibration⟩.</translation>
    </message>
    <message>
        <source>The model&apos;s calibration is for images of another size: get the model again.</source>
        <translation>Die Kalibrierung des Modells ist für Bilder anderer Größe: Besorgen Sie das Modell erneut.</translation>
    </message>
    <message>
        <source>The model&apos;s calibration is of a newer GANAnomaly: update it, or use ⟨no_calibration⟩.</source>
        <translation>Die Kalibrierung des Modells stammt von einem neueren GANAnomaly: Aktualisieren Sie es, oder nehmen Sie ⟨no_calibration⟩.</translation>
    </message>
    <message>
        <source>The model&apos;s card recommends settings that cannot be read: get the model again.</source>
        <translation>Die Karte des Modells empfiehlt Einstellungen, die nicht gelesen werden können: Besorgen Sie das Modell erneut.</translation>
    </message>
    <message>
        <source>The name of the review database holds characters that no file&apos;s name can have.</source>
        <translation>Der Name der Befundungsdatenbank enthält Zeichen, die kein Dateiname haben kann.</translation>
    </message>
    <message>
        <source>The noise is {own:.1f} HU, in this model&apos;s normals {low:.1f} to {high:.1f}: another dose, kernel or smoothing.</source>
        <translation>Das Rauschen beträgt {own:.1f} HU, bei den Normalen dieses Modells {low:.1f} bis {high:.1f}: eine andere Dosis, ein anderer Faltungskern oder eine andere Glättung.</translation>
    </message>
    <message>
        <source>The picture is in colours, but model {model!r} explains grey ones only: save it in grey, or choose a model of colour pictures.</source>
        <translation>Das Bild ist farbig, aber das Modell {model!r} erklärt nur graue: in Grau speichern oder ein Modell für farbige Bilder wählen.</translation>
    </message>
    <message>
        <source>The pixels are {own:g} mm wide, those of this model&apos;s normals {high:g} mm at most.</source>
        <translation>Die Pixel sind {own:g} mm breit, die der Normalen dieses Modells höchstens {high:g} mm.</translation>
    </message>
    <message>
        <source>The place of a mark must be three finite numbers, in mm.</source>
        <translation>Der Ort einer Markierung muss drei endliche Zahlen sein, in mm.</translation>
    </message>
    <message>
        <source>The position of the volume in the patient holds values that are not numbers: export it again.</source>
        <translation>Die Lage des Volumens im Patienten enthält Werte, die keine Zahlen sind: Exportieren Sie es erneut.</translation>
    </message>
    <message>
        <source>The positions of the slices deviate by up to {deviation:.2f} mm from equal gaps of {gap:.4g} mm: the slices were kept as they are, at equal gaps.</source>
        <translation>Die Lagen der Schichten weichen um bis zu {deviation:.2f} mm von gleichen Abständen von {gap:.4g} mm ab: Die Schichten blieben, wie sie sind, in gleichen Abständen.</translation>
    </message>
    <message>
        <source>The rating is missing: only a case that is technically inadequate may go without.</source>
        <translation>Die Bewertung fehlt: Nur ein technisch unzureichender Fall darf ohne sein.</translation>
    </message>
    <message>
        <source>The rating must be a number from {low} to {high}, not {given}.</source>
        <translation>Die Bewertung muss eine Zahl von {low} bis {high} sein, nicht {given}.</translation>
    </message>
    <message>
        <source>The rating must be a whole number from {low} to {high}, not {given}.</source>
        <translation>Die Bewertung muss eine ganze Zahl von {low} bis {high} sein, nicht {given}.</translation>
    </message>
    <message>
        <source>The reader&apos;s name is empty: give one, or set GANANOMALY_READER.</source>
        <translation>Der Name des Befunders ist leer: geben Sie einen an, oder setzen Sie GANANOMALY_READER.</translation>
    </message>
    <message>
        <source>The reading of {case} is closed already: it can be amended, with a reason.</source>
        <translation>Die Befundung von {case} ist schon abgeschlossen: Sie kann mit Begründung geändert werden.</translation>
    </message>
    <message>
        <source>The reading of {case} was never opened.</source>
        <translation>Die Befundung von {case} wurde nie geöffnet.</translation>
    </message>
    <message>
        <source>The request must be a JSON object.</source>
        <translation>Der Auftrag muss ein JSON-Objekt sein.</translation>
    </message>
    <message>
        <source>The request names no checkpoint to convert.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The request names no input.</source>
        <translation>Der Auftrag nennt keine Eingabe.</translation>
    </message>
    <message>
        <source>The request to convert holds a value of a wrong kind.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The result does not say which DICOM series it was made of: analyse the DICOM series itself, with this version, or give ⟨out⟩ instead of ⟨result⟩.</source>
        <translation>Das Ergebnis sagt nicht, aus welcher DICOM-Serie es entstand: Analysieren Sie die DICOM-Serie selbst mit dieser Version, oder geben Sie ⟨out⟩ statt ⟨result⟩ an.</translation>
    </message>
    <message>
        <source>The result has no finding {rank}: there are {count}.</source>
        <translation>Das Ergebnis hat keinen Befund {rank}: es sind {count}.</translation>
    </message>
    <message>
        <source>The result in this scene is damaged: run the analysis again.</source>
        <translation>Das Ergebnis in dieser Szene ist beschädigt: Analysieren Sie erneut.</translation>
    </message>
    <message>
        <source>The result of the case {case}, or its image, is not where it was, or is another one by now: bring it back and open the case again.</source>
        <translation>Das Ergebnis des Falls {case} oder sein Bild ist nicht mehr, wo es war, oder inzwischen ein anderes: bringen Sie es zurück, und öffnen Sie den Fall noch einmal.</translation>
    </message>
    <message>
        <source>The review database can be SQLite or PostgreSQL, not {kind}: give a file, or postgresql://HOST/NAME.</source>
        <translation>Die Befundungsdatenbank kann SQLite oder PostgreSQL sein, nicht {kind}: geben Sie eine Datei oder postgresql://HOST/NAME an.</translation>
    </message>
    <message>
        <source>The review database does not know the result in {folder}: gananomaly review import {folder} brings it in.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The review database does not know this case: import its result folder first.</source>
        <translation>Die Befundungsdatenbank kennt diesen Fall nicht: importieren Sie zuerst seinen Ergebnisordner.</translation>
    </message>
    <message>
        <source>The review database does not know where the result of this case is: analyse its scan again.</source>
        <translation>Die Befundungsdatenbank weiß nicht, wo das Ergebnis dieses Falls ist: analysieren Sie seine Aufnahme noch einmal.</translation>
    </message>
    <message>
        <source>The review database knows this analysis with other findings: they were changed since, or computed on another computer with other numbers. Its decisions stay as they are.</source>
        <translation>Die Befundungsdatenbank kennt diese Analyse mit anderen Befunden: sie wurden seither geändert, oder auf einem anderen Rechner mit anderen Zahlen berechnet. Ihre Entscheidungen bleiben, wie sie sind.</translation>
    </message>
    <message>
        <source>The review database needs the Python package {package}, which is not installed: run pip install &apos;gananomaly[{extra}]&apos;, or in 3D Slicer&apos;s Python console slicer.util.pip_install(&apos;{package}&apos;).</source>
        <translation>Die Befundungsdatenbank braucht das Python-Paket {package}, das nicht installiert ist: pip install &apos;gananomaly[{extra}]&apos;, oder in der Python-Konsole von 3D Slicer slicer.util.pip_install(&apos;{package}&apos;).</translation>
    </message>
    <message>
        <source>The review database {place} cannot be opened: check that its folder is there and may be written to.</source>
        <translation>Die Befundungsdatenbank {place} lässt sich nicht öffnen: prüfen Sie, ob ihr Ordner da ist und beschrieben werden darf.</translation>
    </message>
    <message>
        <source>The review database {place} cannot be reached: check its URL, the network, and that the server runs.</source>
        <translation>Die Befundungsdatenbank {place} ist nicht erreichbar: prüfen Sie ihre URL, das Netz, und ob der Server läuft.</translation>
    </message>
    <message>
        <source>The review database {place} cannot be written to now: ask who runs it.</source>
        <translation>Die Befundungsdatenbank {place} lässt sich gerade nicht beschreiben: fragen Sie, wer sie betreibt.</translation>
    </message>
    <message>
        <source>The review database {place} cannot be written to: check who may write to the file and its folder.</source>
        <translation>Die Befundungsdatenbank {place} lässt sich nicht beschreiben: prüfen Sie, wer in die Datei und ihren Ordner schreiben darf.</translation>
    </message>
    <message>
        <source>The review database {place} does not let you in: check the user and the password of its URL.</source>
        <translation>Die Befundungsdatenbank {place} lässt Sie nicht ein: prüfen Sie Benutzer und Passwort ihrer URL.</translation>
    </message>
    <message>
        <source>The review database {place} is damaged, and its copy was not kept: bring back an earlier one.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The review database {place} is damaged: bring back a backup, then import the result folders again.</source>
        <translation>Die Befundungsdatenbank {place} ist beschädigt: holen Sie eine Sicherung zurück und importieren Sie dann die Ergebnisordner noch einmal.</translation>
    </message>
    <message>
        <source>The review database {place} is held by another program that does not let go: close it, and try again.</source>
        <translation>Die Befundungsdatenbank {place} wird von einem anderen Programm festgehalten: schließen Sie es, und versuchen Sie es noch einmal.</translation>
    </message>
    <message>
        <source>The review database {place} is of an older version: copy it with pg_dump, then bring it up with gananomaly review check ⟨migrate⟩.</source>
        <translation>Die Befundungsdatenbank {place} ist von einer älteren Version: kopieren Sie sie mit pg_dump, und bringen Sie sie dann mit gananomaly review check ⟨migrate⟩ auf den neuen Stand.</translation>
    </message>
    <message>
        <source>The review database {place} refused a row that does not fit the others: run gananomaly review check.</source>
        <translation>Die Befundungsdatenbank {place} hat eine Zeile abgelehnt, die nicht zu den anderen passt: gananomaly review check prüft sie.</translation>
    </message>
    <message>
        <source>The review database {place} refused the work.</source>
        <translation>Die Befundungsdatenbank {place} hat die Arbeit abgelehnt.</translation>
    </message>
    <message>
        <source>The review database {place} was made by a newer version of GANAnomaly: update to open it.</source>
        <translation>Die Befundungsdatenbank {place} stammt von einer neueren Version von GANAnomaly: aktualisieren Sie, um sie zu öffnen.</translation>
    </message>
    <message>
        <source>The same analysis was done before; its result is reused</source>
        <translation>Dieselbe Analyse gab es schon; ihr Ergebnis wird wieder benutzt</translation>
    </message>
    <message>
        <source>The sampler ddpm takes every step: leave fill_steps out.</source>
        <translation>Der Sampler ddpm nimmt jeden Schritt: fill_steps weglassen.</translation>
    </message>
    <message>
        <source>The sampler ddpm takes every step: leave sampling_steps out.</source>
        <translation>Der Sampler ddpm nimmt jeden Schritt: sampling_steps weglassen.</translation>
    </message>
    <message>
        <source>The scan has a gap: slices {where} hold no body, though others above and below them do.</source>
        <translation>Die Aufnahme hat eine Lücke: Die Schichten {where} zeigen keinen Körper, andere darüber und darunter schon.</translation>
    </message>
    <message>
        <source>The scene has no pictures of the findings beside it: {why}</source>
        <translation>Bei der Szene liegen keine Bilder der Befunde: {why}</translation>
    </message>
    <message>
        <source>The series does not say how large its pixels are (Pixel Spacing): export it again.</source>
        <translation>Die Serie sagt nicht, wie groß ihre Pixel sind (Pixel Spacing): Exportieren Sie sie erneut.</translation>
    </message>
    <message>
        <source>The series has a hole of {hole:.0f} mm between two slices: export it again or only one part.</source>
        <translation>Die Serie hat zwischen zwei Schichten eine Lücke von {hole:.0f} mm: Exportieren Sie sie erneut, oder nur einen Teil.</translation>
    </message>
    <message>
        <source>The series mixes images of different size, pixel spacing or orientation: put those of one kind into a folder of their own.</source>
        <translation>Die Serie mischt Bilder verschiedener Größe, Pixelgröße oder Ausrichtung: Legen Sie die einer Art in einen eigenen Ordner.</translation>
    </message>
    <message>
        <source>The series was compressed with losses ({how}): fine texture may be missing.</source>
        <translation>Die Serie wurde mit Verlusten komprimiert ({how}): Feine Struktur kann fehlen.</translation>
    </message>
    <message>
        <source>The site&apos;s key has fewer than 16 characters: set GANANOMALY_SITE_KEY to a longer one.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The slice does not say where in the patient it lies: it was taken as an axial one.</source>
        <translation>Die Schicht sagt nicht, wo im Patienten sie liegt: Sie wurde als axiale genommen.</translation>
    </message>
    <message>
        <source>The slices are sheared by {degrees:.1f} degrees (gantry tilt): each was shifted back into place and resampled.</source>
        <translation>Die Schichten sind um {degrees:.1f} Grad geschert (Gantry-Kippung): Jede wurde an ihren Platz zurückgeschoben und umgerechnet.</translation>
    </message>
    <message>
        <source>The slices are tilted {degrees:.0f} degrees from {plane} and are analysed in their own plane.</source>
        <translation>Die Schichten sind um {degrees:.0f} Grad gegen {plane} gekippt und werden in ihrer eigenen Ebene analysiert.</translation>
    </message>
    <message>
        <source>The slices are {own:g} mm apart, those of this model&apos;s normals {high:g} mm at most.</source>
        <translation>Die Schichten liegen {own:g} mm auseinander, die der Normalen dieses Modells höchstens {high:g} mm.</translation>
    </message>
    <message>
        <source>The slices run the other way than in this model&apos;s normals: the scan may lie upside down.</source>
        <translation>Die Schichten laufen anders herum als bei den Normalen dieses Modells: Vielleicht steht die Aufnahme auf dem Kopf.</translation>
    </message>
    <message>
        <source>The slices to project hold values that are not numbers: check the volume.</source>
        <translation>Die Schichten enthalten Werte, die keine Zahlen sind: das Volumen prüfen.</translation>
    </message>
    <message>
        <source>The slices to project must lie between -1 and 1: apply the display window first.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The stored framing of the slices is damaged: run the analysis again.</source>
        <translation>Der gespeicherte Ausschnitt der Schichten ist beschädigt: Analysieren Sie erneut.</translation>
    </message>
    <message>
        <source>The study {study} has no case {case}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The study {study} is finished: nothing is read or amended any more.</source>
        <translation>Die Studie {study} ist beendet: Es wird nichts mehr befundet oder geändert.</translation>
    </message>
    <message>
        <source>The study {study} is not assigned yet: gananomaly review study assign gives its readers their cases.</source>
        <translation>Die Studie {study} ist noch nicht zugeteilt: gananomaly review study assign gibt den Befundenden ihre Fälle.</translation>
    </message>
    <message>
        <source>The study {study} was assigned with the seed {seed}, and stays so: leave the other out, or create a study of another name.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The table of findings was deleted: analyse the scan again, or open the saved result.</source>
        <translation>Die Befundtabelle wurde gelöscht: Analysieren Sie die Aufnahme erneut, oder öffnen Sie das gespeicherte Ergebnis.</translation>
    </message>
    <message>
        <source>The tensors are not those of a StyleGAN2 network (skip generator, residual discriminator); other generations and architectures are not supported.</source>
        <translation>Die Tensoren sind nicht die eines StyleGAN2-Netzes (Skip-Generator, Residual-Diskriminator); andere Generationen und Bauweisen werden nicht unterstützt.</translation>
    </message>
    <message>
        <source>The values (median {middle:g}) do not look like Hounsfield units: give the CT itself, or allow any image (⟨allow_any⟩) to go on.</source>
        <translation>Die Werte (Median {middle:g}) sehen nicht wie Hounsfield-Einheiten aus: Nehmen Sie das CT selbst, oder lassen Sie beliebige Bilder zu (⟨allow_any⟩), um fortzufahren.</translation>
    </message>
    <message>
        <source>The values ({low:g} to {high:g}) are those of a CT in Hounsfield units: give an MR, choose a model that was made for CT, or allow any image (⟨allow_any⟩) to go on.</source>
        <translation>Die Werte ({low:g} bis {high:g}) sind die eines CT in Hounsfield-Einheiten: ein MR angeben, ein Modell für CT wählen oder beliebige Bilder zulassen (⟨allow_any⟩).</translation>
    </message>
    <message>
        <source>The values ({low:g} to {high:g}) do not look like Hounsfield units, where air is about -1000: give the CT itself, or allow any image (⟨allow_any⟩) to go on.</source>
        <translation>Die Werte ({low:g} bis {high:g}) sehen nicht wie Hounsfield-Einheiten aus, in denen Luft etwa -1000 hat: Nehmen Sie das CT selbst, oder lassen Sie beliebige Bilder zu (⟨allow_any⟩), um fortzufahren.</translation>
    </message>
    <message>
        <source>The values look shifted by 1024 (air near 0, water near 1024), not yet Hounsfield units: the rescale intercept was not applied. Add it with ⟨hu_offset=-1024⟩ (unless this is an MR), or allow any image (⟨allow_any⟩) to go on.</source>
        <translation>Die Werte wirken um 1024 verschoben (Luft bei 0, Wasser bei 1024), noch keine Hounsfield-Einheiten: Der Achsenabschnitt wurde nicht angewandt. Mit ⟨hu_offset=-1024⟩ nachholen (außer dies ist ein MR) oder beliebige Bilder zulassen (⟨allow_any⟩).</translation>
    </message>
    <message>
        <source>The values look shifted by 1024 (air near 0, water near 1024), not yet Hounsfield units: the rescale intercept was not applied. Add it with ⟨hu_offset=-1024⟩.</source>
        <translation>Die Werte scheinen um 1024 verschoben zu sein (Luft nahe 0, Wasser nahe 1024), also noch keine Hounsfield-Einheiten: Der Rescale Intercept wurde nicht angewandt. Addieren Sie ihn mit ⟨hu_offset=-1024⟩.</translation>
    </message>
    <message>
        <source>The volume has a voxel spacing of zero: correct its header or export it again.</source>
        <translation>Das Volumen hat einen Voxelabstand von null: Berichtigen Sie seinen Kopf, oder exportieren Sie es erneut.</translation>
    </message>
    <message>
        <source>The volume holds no voxels: export it again.</source>
        <translation>Das Volumen enthält keine Voxel: Exportieren Sie es erneut.</translation>
    </message>
    <message>
        <source>The volume is in colour (RGB) or complex: give one with a single grey channel.</source>
        <translation>Das Volumen ist farbig (RGB) oder komplex: Nehmen Sie eines mit einem einzigen Graukanal.</translation>
    </message>
    <message>
        <source>The volume is in colour (RGB): give one with a single grey channel.</source>
        <translation>Das Volumen ist farbig (RGB): Nehmen Sie eines mit einem einzigen Graukanal.</translation>
    </message>
    <message>
        <source>The volume is {axes}-D: give a single 3-D volume.</source>
        <translation>Das Volumen hat {axes} Dimensionen: Nehmen Sie ein einzelnes dreidimensionales.</translation>
    </message>
    <message>
        <source>The volume&apos;s axes do not span space (singular direction matrix): correct its header or export it again.</source>
        <translation>Die Achsen des Volumens spannen keinen Raum auf (singuläre Richtungsmatrix): Berichtigen Sie seinen Kopf, oder exportieren Sie es erneut.</translation>
    </message>
    <message>
        <source>The worker needs one request file: python -m GANAnomalyLib.worker request.json.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The {what} must be from {low} to {high}.</source>
        <translation>{what}: möglich ist {low} bis {high}.</translation>
    </message>
    <message>
        <source>There are 1000 findings of your own: remove some first.</source>
        <translation>Es gibt schon 1000 eigene Befunde: Entfernen Sie zuerst einige.</translation>
    </message>
    <message>
        <source>There is a study {study} already, with another design, which stays as it is: give this one another name.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>There is no database {place} on that server: create it with createdb.</source>
        <translation>Die Datenbank {place} gibt es auf diesem Server nicht: legen Sie sie mit createdb an.</translation>
    </message>
    <message>
        <source>There is no review database {place} yet: gananomaly review import makes one.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>There is no review database {place} yet: nothing to copy.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>There is no review database {place}: check its path.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>There is no study {study} yet: gananomaly review study create makes one.</source>
        <translation>Es gibt noch keine Studie {study}: gananomaly review study create legt eine an.</translation>
    </message>
    <message>
        <source>There is no study {study}: there are {names}.</source>
        <translation>Es gibt keine Studie {study}: Es gibt {names}.</translation>
    </message>
    <message>
        <source>There was not enough memory: close other programs, or analyse fewer slices at a time.</source>
        <translation>Der Speicher reichte nicht: Schließen Sie andere Programme, oder analysieren Sie weniger Schichten auf einmal.</translation>
    </message>
    <message>
        <source>This case is read in the study {study}: gananomaly review study next says which comes next there.</source>
        <translation>Dieser Fall wird in der Studie {study} befundet: gananomaly review study next sagt, welcher dort als nächster kommt.</translation>
    </message>
    <message>
        <source>This model has learnt nothing, it has the energy only: leave learned out.</source>
        <translation>Dieses Modell hat nichts gelernt, es kennt nur die Energie: learned weglassen.</translation>
    </message>
    <message>
        <source>This model has no classes: leave the setting &apos;class&apos; out.</source>
        <translation>Dieses Modell hat keine Klassen: die Einstellung &apos;class&apos; weglassen.</translation>
    </message>
    <message>
        <source>This model has no critic to take features from: only distances on the image can be used with it.</source>
        <translation>Dieses Modell hat keinen Kritiker, der Merkmale gäbe: Nur Abstände auf dem Bild sind möglich.</translation>
    </message>
    <message>
        <source>This place lies outside the scan: mark it within.</source>
        <translation>Diese Stelle liegt außerhalb der Aufnahme: Markieren Sie sie innerhalb.</translation>
    </message>
    <message>
        <source>This scan is not what the model knows, so no findings are listed: add ⟨findings_anyway⟩ to have them listed.</source>
        <translation>Diese Aufnahme kennt das Modell nicht, darum sind keine Befunde aufgeführt: Mit ⟨findings_anyway⟩ werden sie aufgeführt.</translation>
    </message>
    <message>
        <source>This scan is not what the model knows: its findings, listed as was asked, mean little.</source>
        <translation>Diese Aufnahme kennt das Modell nicht: Ihre Befunde, auf Wunsch aufgeführt, besagen wenig.</translation>
    </message>
    <message>
        <source>This scan is unusual for the model: read its findings with care.</source>
        <translation>Diese Aufnahme ist für das Modell ungewöhnlich: Ihre Befunde sind mit Vorsicht zu lesen.</translation>
    </message>
    <message>
        <source>This single slice is {plane}, not axial: it is analysed in its own plane.</source>
        <translation>Diese einzelne Schicht ist {plane}, nicht axial: Sie wird in ihrer eigenen Ebene analysiert.</translation>
    </message>
    <message>
        <source>Trained</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Training scan {number} of {count}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Training the autoencoder: step {number} of {count}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Training the encoder: step {number}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Training: iteration {number}{planned}{error}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Training: step {number}{planned}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Training: {seen:.1f}{planned} thousand images</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>VQ-VAE</source>
        <translation>VQ-VAE</translation>
    </message>
    <message>
        <source>Variational autoencoder</source>
        <translation>Variationeller Autoencoder (VAE)</translation>
    </message>
    <message>
        <source>Voxels that are not finite numbers cannot be written as whole numbers: use float32.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>What contrast medium brightens most has {own:.0f} HU, in this model&apos;s normals {low:.0f} to {high:.0f}: another phase, or none.</source>
        <translation>Was am meisten Kontrastmittel aufnimmt, hat {own:.0f} HU, bei den Normalen dieses Modells {low:.0f} bis {high:.0f}: eine andere Phase, oder keine.</translation>
    </message>
    <message>
        <source>What exceeds the masking threshold {threshold} was filled in anew, as the model&apos;s card says.</source>
        <translation>Was die Maskenschwelle {threshold} übersteigt, wurde neu gefüllt, wie es die Karte des Modells sagt.</translation>
    </message>
    <message>
        <source>What exceeds the masking threshold {threshold} was filled in anew, as was asked.</source>
        <translation>Was die Maskenschwelle {threshold} übersteigt, wurde neu gefüllt, wie verlangt.</translation>
    </message>
    <message>
        <source>What the model&apos;s file tells of its normals cannot be read: get the model again.</source>
        <translation>Was die Datei des Modells von seinen Normalen weiß, lässt sich nicht lesen: Das Modell muss neu besorgt werden.</translation>
    </message>
    <message>
        <source>What the scorer knows of normal remainders cannot be read: get the model again.</source>
        <translation>Was die Bewertung von normalen Resten weiß, ist nicht lesbar: das Modell neu besorgen.</translation>
    </message>
    <message>
        <source>What the scorer knows of normal scores cannot be read: get the model again.</source>
        <translation>Was die Bewertung von normalen Werten weiß, ist nicht lesbar: das Modell neu besorgen.</translation>
    </message>
    <message>
        <source>Windows in Hounsfield units are for CT: take the automatic one or the model&apos;s, or set one by hand.</source>
        <translation>Fenster in Hounsfield-Einheiten gelten für CT: das automatische oder das des Modells nehmen, oder eines von Hand einstellen.</translation>
    </message>
    <message>
        <source>You may not write to the review database {place}: ask who runs it.</source>
        <translation>Sie dürfen nicht in die Befundungsdatenbank {place} schreiben: fragen Sie, wer sie betreibt.</translation>
    </message>
    <message>
        <source>You read in the study {study}, in which readers see nothing of each other until the study is finished.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>You read in the study {study}, in which readers see nothing of each other until they have read all of their cases.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>restore from one random latent, as published, instead of from many</source>
        <translation>aus einem zufälligen latenten Vektor wiederherstellen, wie veröffentlicht, statt aus vielen</translation>
    </message>
    <message>
        <source>where a slice differs from its first restoration by more than this (0 to 2; the pixels&apos; difference, times how unlike the pair looks), a slice is filled in anew: decisive, and another one for other images. -1 takes each slice&apos;s own 95th percentile, so that a twentieth of any slice is filled in, a normal one&apos;s too. If not given, as the model&apos;s card says (gananomaly evaluate threshold writes it), else -1</source>
        <translation>wo eine Schicht um mehr als dies von ihrer ersten Wiederherstellung abweicht (0 bis 2; der Unterschied der Pixel, mal wie unähnlich das Paar aussieht), wird sie neu gefüllt: entscheidend, und für andere Bilder ein anderer Wert. -1 nimmt das 95. Perzentil jeder Schicht, sodass ein Zwanzigstel jeder Schicht neu gefüllt wird, auch einer normalen. Ohne Angabe, wie es die Karte des Modells sagt (gananomaly evaluate threshold schreibt es), sonst -1</translation>
    </message>
    <message>
        <source>where the coarse map is above this (0 to 4; the pixels&apos; difference, times how unlike the pair looks), a slice is filled in anew: decisive, and another one for other images. -1 takes each slice&apos;s own 95th percentile, so that a twentieth of any slice is filled in, a normal one&apos;s too. If not given, as the model&apos;s card says (gananomaly evaluate threshold writes it), else -1</source>
        <translation>wo die grobe Karte darüber liegt (0 bis 4; der Unterschied der Pixel, mal wie unähnlich das Paar aussieht), wird eine Schicht neu gefüllt: entscheidend, und für andere Bilder ein anderer Wert. -1 nimmt das 95. Perzentil jeder Schicht, sodass ein Zwanzigstel jeder Schicht neu gefüllt wird, auch einer normalen. Ohne Angabe, wie es die Karte des Modells sagt (gananomaly evaluate threshold schreibt es), sonst -1</translation>
    </message>
    <message>
        <source>{what} needs a newer version of the Python package {package} than is installed: run pip install --upgrade &apos;gananomaly[normative]&apos;, or in 3D Slicer&apos;s Python console slicer.util.pip_install(&apos;--upgrade {package}&apos;).</source>
        <translation>{what} braucht eine neuere Version des Python-Pakets {package} als die installierte: Führen Sie pip install --upgrade &apos;gananomaly[normative]&apos; aus oder in der Python-Konsole von 3D Slicer slicer.util.pip_install(&apos;--upgrade {package}&apos;).</translation>
    </message>
    <message>
        <source>Shows where a CT is not normal: a generative model of normal anatomy explains each slice, and what it cannot explain becomes a heatmap and a list of findings to accept or reject.&lt;br&gt;&lt;br&gt;&lt;b&gt;Research use only. Not a medical device.&lt;/b&gt; Nothing leaves this computer unless you send it.&lt;br&gt;&lt;br&gt;&lt;b&gt;Known problems.&lt;/b&gt; Not validated for any clinical purpose. Another body region, window, age group or scanner than the model&apos;s raises scores everywhere; disease that is small or faint at the model&apos;s resolution is not seen; what shows only across slices is not looked for. The bundled models were trained on one person&apos;s anatomy: they are for learning the tool.&lt;br&gt;&lt;br&gt;&lt;b&gt;How to cite.&lt;/b&gt; The file CITATION.cff on the homepage, and the methods that you used: StyleGAN2 (Karras et al., CVPR 2020), PICARD (Konz et al., 2023), 3D Slicer (Fedorov et al., Magnetic Resonance Imaging 30(9), 2012).&lt;br&gt;&lt;br&gt;&lt;a href=&quot;{homepage}/blob/main/docs/start/slicer.md&quot;&gt;Tutorial&lt;/a&gt;, &lt;a href=&quot;{homepage}/blob/main/docs/concepts/limits.md&quot;&gt;limits&lt;/a&gt;, &lt;a href=&quot;{homepage}&quot;&gt;homepage&lt;/a&gt;, &lt;a href=&quot;{homepage}/issues&quot;&gt;problems and questions&lt;/a&gt;</source>
        <translation>Zeigt, wo ein CT nicht normal ist: ein generatives Modell normaler Anatomie erklärt jede Schicht, und was es nicht erklären kann, wird eine Wärmekarte und eine Liste von Befunden zum Annehmen oder Ablehnen.&lt;br&gt;&lt;br&gt;&lt;b&gt;Nur für Forschung. Kein Medizinprodukt.&lt;/b&gt; Nichts verlässt diesen Computer, wenn Sie es nicht senden.&lt;br&gt;&lt;br&gt;&lt;b&gt;Bekannte Probleme.&lt;/b&gt; Für keinen klinischen Zweck validiert. Eine andere Körperregion, ein anderes Fenster, Alter oder Gerät als die des Modells hebt die Werte überall; Krankes, das für die Auflösung des Modells klein oder blass ist, wird nicht gesehen; was sich nur über Schichten hinweg zeigt, wird nicht gesucht. Die mitgelieferten Modelle wurden an der Anatomie einer Person trainiert: sie sind da, um das Werkzeug kennenzulernen.&lt;br&gt;&lt;br&gt;&lt;b&gt;Wie zitieren.&lt;/b&gt; Die Datei CITATION.cff auf der Homepage und die Methoden, die Sie benutzt haben: StyleGAN2 (Karras et al., CVPR 2020), PICARD (Konz et al., 2023), 3D Slicer (Fedorov et al., Magnetic Resonance Imaging 30(9), 2012).&lt;br&gt;&lt;br&gt;&lt;a href=&quot;{homepage}/blob/main/docs/start/slicer.md&quot;&gt;Anleitung&lt;/a&gt;, &lt;a href=&quot;{homepage}/blob/main/docs/concepts/limits.md&quot;&gt;Grenzen&lt;/a&gt;, &lt;a href=&quot;{homepage}&quot;&gt;Homepage&lt;/a&gt;, &lt;a href=&quot;{homepage}/issues&quot;&gt;Probleme und Fragen&lt;/a&gt;</translation>
    </message>
    <message>
        <source>Writing a Slicer scene needs slicer-core and trame-slicer: install them with &apos;pip install gananomaly[headless]&apos;.</source>
        <translation>Eine Slicer-Szene zu schreiben braucht slicer-core und trame-slicer: mit &apos;pip install gananomaly[headless]&apos; installieren.</translation>
    </message>
    <message>
        <source>A reader&apos;s decisions need the reader&apos;s name.</source>
        <translation>Entscheidungen eines Befunders brauchen dessen Namen.</translation>
    </message>
    <message>
        <source>A report in PDF needs ReportLab: run  pip install &apos;gananomaly[report]&apos;, or write it as .html.</source>
        <translation>Ein Bericht als PDF braucht ReportLab:  pip install &apos;gananomaly[report]&apos;  ausführen, oder ihn als .html schreiben.</translation>
    </message>
    <message>
        <source>A second opinion needs a result&apos;s folder and a classifier.</source>
        <translation>Eine zweite Meinung braucht den Ordner eines Ergebnisses und einen Klassifikator.</translation>
    </message>
    <message>
        <source>Asking the classifier: {number} of {count} findings</source>
        <translation>Klassifikator wird gefragt: {number} von {count} Befunden</translation>
    </message>
    <message>
        <source>Fetching images: {number} of {count}</source>
        <translation>Bilder werden geholt: {number} von {count}</translation>
    </message>
    <message>
        <source>One of the files is damaged: export them again.</source>
        <translation>Eine der Dateien ist beschädigt: Exportieren Sie sie erneut.</translation>
    </message>
    <message>
        <source>Open the scan that this result was made from first, then open the result on it.</source>
        <translation>Öffnen Sie zuerst die Aufnahme, aus der dieses Ergebnis entstand, und dann das Ergebnis dazu.</translation>
    </message>
    <message>
        <source>Sending {number} of {count}</source>
        <translation>Senden: {number} von {count}</translation>
    </message>
    <message>
        <source>The chosen segment is empty or lies outside the scan: choose another one, or none.</source>
        <translation>Das gewählte Segment ist leer oder liegt außerhalb der Aufnahme: Wählen Sie ein anderes oder keines.</translation>
    </message>
    <message>
        <source>The chosen volume holds no image: load the scan again, or choose another volume.</source>
        <translation>Das gewählte Volumen enthält kein Bild: Laden Sie die Aufnahme erneut, oder wählen Sie ein anderes Volumen.</translation>
    </message>
    <message>
        <source>The chosen volume is a colour image: choose a scan with one value a voxel.</source>
        <translation>Das gewählte Volumen ist ein Farbbild: Wählen Sie eine Aufnahme mit einem Wert je Voxel.</translation>
    </message>
    <message>
        <source>The chosen volume is not a scan with one value a voxel: choose the one that was analysed.</source>
        <translation>Das gewählte Volumen ist keine Aufnahme mit einem Wert je Voxel: Wählen Sie die analysierte.</translation>
    </message>
    <message>
        <source>The classifier {classifier} tells {classes} apart and learnt from no findings: give one that gananomaly train classifier --findings made.</source>
        <translation>Der Klassifikator {classifier} unterscheidet {classes} und hat aus keinen Befunden gelernt: Nehmen Sie einen, den gananomaly train classifier --findings gemacht hat.</translation>
    </message>
    <message>
        <source>The findings were deleted from the scene: analyse the scan again, or open the saved result.</source>
        <translation>Die Befunde wurden aus der Szene gelöscht: Analysieren Sie die Aufnahme erneut, oder öffnen Sie das gespeicherte Ergebnis.</translation>
    </message>
    <message>
        <source>The folder of this result holds another one by now: open that, or analyse the scan again.</source>
        <translation>Der Ordner dieses Ergebnisses enthält inzwischen ein anderes: Öffnen Sie dieses, oder analysieren Sie die Aufnahme erneut.</translation>
    </message>
    <message>
        <source>The heatmap holds no numbers: analyse the scan again.</source>
        <translation>Die Wärmekarte enthält keine Zahlen: Analysieren Sie die Aufnahme erneut.</translation>
    </message>
    <message>
        <source>The heatmap was cropped or resampled: analyse the scan again, or open the saved result.</source>
        <translation>Die Wärmekarte wurde beschnitten oder umgerechnet: Analysieren Sie die Aufnahme erneut, oder öffnen Sie das gespeicherte Ergebnis.</translation>
    </message>
    <message>
        <source>The heatmap was deleted from the scene: analyse the scan again, or open the saved result.</source>
        <translation>Die Wärmekarte wurde aus der Szene gelöscht: Analysieren Sie die Aufnahme erneut, oder öffnen Sie das gespeicherte Ergebnis.</translation>
    </message>
    <message>
        <source>The image is not the one that was analysed: name that one, or analyse this one.</source>
        <translation>Das Bild ist nicht das analysierte: Nennen Sie jenes, oder analysieren Sie dieses.</translation>
    </message>
    <message>
        <source>The images are there</source>
        <translation>Die Bilder sind da</translation>
    </message>
    <message>
        <source>The images differ in size, pixel spacing or orientation: objects cannot be made on them.</source>
        <translation>Die Bilder unterscheiden sich in Größe, Pixelabstand oder Lage: Auf ihnen können keine Objekte angelegt werden.</translation>
    </message>
    <message>
        <source>The images do not say where in the patient they lie: objects cannot be made on them.</source>
        <translation>Die Bilder sagen nicht, wo im Patienten sie liegen: Auf ihnen können keine Objekte angelegt werden.</translation>
    </message>
    <message>
        <source>The images of the series are of two patients or studies: put those of one into a folder of their own and analyse it again.</source>
        <translation>Die Bilder der Serie gehören zu zwei Patienten oder Studien: Legen Sie die einer Studie in einen eigenen Ordner, und analysieren Sie ihn erneut.</translation>
    </message>
    <message>
        <source>The images of the source are not those that the result was made of.</source>
        <translation>Die Bilder der Quelle sind nicht die, aus denen das Ergebnis entstand.</translation>
    </message>
    <message>
        <source>The images that the result was made of are not where they were: give the folder they lie in now with ⟨source=FOLDER⟩.</source>
        <translation>Die Bilder, aus denen das Ergebnis entstand, sind nicht mehr, wo sie waren: Nennen Sie mit ⟨source=FOLDER⟩ den Ordner, in dem sie jetzt liegen.</translation>
    </message>
    <message>
        <source>The model makes colour images (3 channels) but a scan has one: choose a grey model, or add ⟨allow_any⟩.</source>
        <translation>Das Modell macht Farbbilder (3 Kanäle), aber eine Aufnahme hat einen: Wählen Sie ein graues Modell, oder nehmen Sie ⟨allow_any⟩ dazu.</translation>
    </message>
    <message>
        <source>The request for a second opinion holds a value of a wrong kind.</source>
        <translation>Die Anfrage nach einer zweiten Meinung enthält einen Wert der falschen Art.</translation>
    </message>
    <message>
        <source>The result is of the model {theirs}, not of {mine}, from which the classifier {classifier} learnt.</source>
        <translation>Das Ergebnis ist vom Modell {theirs}, nicht von {mine}, aus dessen Befunden der Klassifikator {classifier} gelernt hat.</translation>
    </message>
    <message>
        <source>The result is {difference}, from which the classifier {classifier} learnt.</source>
        <translation>Das Ergebnis entstand anders ({difference}) als die, aus denen der Klassifikator {classifier} gelernt hat.</translation>
    </message>
    <message>
        <source>The result&apos;s own files are gone (it came with a saved scene): analyse the image again.</source>
        <translation>Die eigenen Dateien des Ergebnisses sind fort (es kam mit einer gespeicherten Szene): Analysieren Sie das Bild erneut.</translation>
    </message>
    <message>
        <source>The scan lies under a transform that bends it: harden the transform first.</source>
        <translation>Auf der Aufnahme liegt eine Transformation, die sie verbiegt: Wenden Sie sie zuerst dauerhaft an (Harden transform).</translation>
    </message>
    <message>
        <source>The scan of this result was deleted from the scene: load it again.</source>
        <translation>Die Aufnahme dieses Ergebnisses wurde aus der Szene gelöscht: Laden Sie sie erneut.</translation>
    </message>
    <message>
        <source>The scan was closed meanwhile: its result is not shown.</source>
        <translation>Die Aufnahme wurde inzwischen geschlossen: Ihr Ergebnis wird nicht gezeigt.</translation>
    </message>
    <message>
        <source>This result does not say through which window its model sees a scan: set one by hand.</source>
        <translation>Dieses Ergebnis sagt nicht, durch welches Fenster sein Modell eine Aufnahme sieht: Stellen Sie eines von Hand ein.</translation>
    </message>
    <message>
        <source>This result was deleted from the scene: analyse the scan again, or open the saved result.</source>
        <translation>Dieses Ergebnis wurde aus der Szene gelöscht: Analysieren Sie die Aufnahme erneut, oder öffnen Sie das gespeicherte Ergebnis.</translation>
    </message>
    <message>
        <source>Waiting for new studies; {done} are done</source>
        <translation>Warten auf neue Studien; {done} sind erledigt</translation>
    </message>
    <message>
        <source>What this result was made of is not known any more: analyse the scan again.</source>
        <translation>Woraus dieses Ergebnis entstand, ist nicht mehr bekannt: Analysieren Sie die Aufnahme erneut.</translation>
    </message>
    <message>
        <source>Writing a scene needs Slicer&apos;s core: run pip install &apos;gananomaly[headless]&apos;, or leave ⟨scene⟩ out.</source>
        <translation>Eine Szene zu schreiben braucht Slicers Kern: pip install &apos;gananomaly[headless]&apos; ausführen oder ⟨scene⟩ weglassen.</translation>
    </message>
    <message>
        <source>Writing tables</source>
        <translation>Tabellen werden geschrieben</translation>
    </message>
    <message>
        <source>Writing the 3D Slicer scenes</source>
        <translation>3D-Slicer-Szenen werden geschrieben</translation>
    </message>
    <message>
        <source>Writing the report</source>
        <translation>Bericht wird geschrieben</translation>
    </message>
    <message>
        <source>Writing the result</source>
        <translation>Ergebnis wird geschrieben</translation>
    </message>
    <message>
        <source>Writing the scene and its views</source>
        <translation>Szene und ihre Ansichten werden geschrieben</translation>
    </message>
    <message>
        <source>all completions everywhere, or where they matter</source>
        <translation>alle Ergänzungen überall oder nur, wo sie zählen</translation>
    </message>
    <message>
        <source>all slices are hidden in the same noise, so that heat does not flicker from slice to slice</source>
        <translation>alle Schichten verschwinden im selben Rauschen, damit die Karte nicht von Schicht zu Schicht flackert</translation>
    </message>
    <message>
        <source>autoDDPM</source>
        <translation>autoDDPM</translation>
    </message>
    <message>
        <source>bend the autoencoder&apos;s image onto the slice</source>
        <translation>das Bild des Autoencoders auf die Schicht biegen</translation>
    </message>
    <message>
        <source>brighter by over {hu} HU</source>
        <translation>heller um über {hu} HU</translation>
    </message>
    <message>
        <source>brighter by {hu} HU</source>
        <translation>heller um {hu} HU</translation>
    </message>
    <message>
        <source>brighter than usual</source>
        <translation>heller als üblich</translation>
    </message>
    <message>
        <source>class of a model with classes</source>
        <translation>Klasse eines Modells mit Klassen</translation>
    </message>
    <message>
        <source>control points of the warp along a side</source>
        <translation>Stützpunkte der Verformung je Seite</translation>
    </message>
    <message>
        <source>darker by over {hu} HU</source>
        <translation>dunkler um über {hu} HU</translation>
    </message>
    <message>
        <source>darker by {hu} HU</source>
        <translation>dunkler um {hu} HU</translation>
    </message>
    <message>
        <source>darker than usual</source>
        <translation>dunkler als üblich</translation>
    </message>
    <message>
        <source>ddim: a few even steps, without noise; ddpm: every step, as published; if not given, ddim, in mode reference ddpm</source>
        <translation>ddim: wenige gleichmäßige Schritte ohne Rauschen; ddpm: jeder Schritt, wie veröffentlicht; sonst ddim, im Modus reference ddpm</translation>
    </message>
    <message>
        <source>displaced by {mm} mm</source>
        <translation>um {mm} mm verschoben</translation>
    </message>
    <message>
        <source>distance of windows, pixels (32); smaller is finer and slower</source>
        <translation>Abstand der Fenster in Pixeln (32); kleiner ist feiner und langsamer</translation>
    </message>
    <message>
        <source>everywhere (as published)</source>
        <translation>überall (wie veröffentlicht)</translation>
    </message>
    <message>
        <source>f-AnoGAN</source>
        <translation>f-AnoGAN</translation>
    </message>
    <message>
        <source>features</source>
        <translation>Merkmale</translation>
    </message>
    <message>
        <source>film (.gif or .mp4) of one slice being projected</source>
        <translation>Film (.gif oder .mp4) von der Projektion einer Schicht</translation>
    </message>
    <message>
        <source>fit the noise maps too, as published (true)</source>
        <translation>auch die Rauschkarten anpassen, wie veröffentlicht (true)</translation>
    </message>
    <message>
        <source>folder for each slice&apos;s published files</source>
        <translation>Ordner für die veröffentlichten Dateien jeder Schicht</translation>
    </message>
    <message>
        <source>grey levels</source>
        <translation>Graustufen</translation>
    </message>
    <message>
        <source>heat as the mean over holes instead of interpolation</source>
        <translation>Wärme als Mittel über Löcher statt interpoliert</translation>
    </message>
    <message>
        <source>how many each window can get (10)</source>
        <translation>wie viele jedes Fenster bekommen kann (10)</translation>
    </message>
    <message>
        <source>how often each of these is taken, so that what is filled in goes with what is around; if not given, 2 for ddim, 5 for ddpm</source>
        <translation>wie oft jeder davon gegangen wird, damit Ergänztes zur Umgebung passt; sonst 2 für ddim, 5 für ddpm</translation>
    </message>
    <message>
        <source>how smooth the warp has to be</source>
        <translation>wie glatt die Verformung sein muss</translation>
    </message>
    <message>
        <source>how strongly w is held near its start</source>
        <translation>wie stark w nahe am Anfang gehalten wird</translation>
    </message>
    <message>
        <source>it holds more than 5,000,000 pickle instructions, far more than a network needs.</source>
        <translation>sie enthält mehr als 5.000.000 Pickle-Anweisungen, weit mehr, als ein Netz braucht.</translation>
    </message>
    <message>
        <source>it is damaged, or not a checkpoint: copy or download it again.</source>
        <translation>sie ist beschädigt oder kein Checkpoint: neu kopieren oder herunterladen.</translation>
    </message>
    <message>
        <source>it is not a StyleGAN2 checkpoint: a dictionary with G, D and G_ema was expected.</source>
        <translation>sie ist kein StyleGAN2-Checkpoint: erwartet war ein Wörterbuch mit G, D und G_ema.</translation>
    </message>
    <message>
        <source>it is truncated: copy or download it again.</source>
        <translation>sie ist abgeschnitten: neu kopieren oder herunterladen.</translation>
    </message>
    <message>
        <source>it refers to data outside itself (a persistent reference), which is refused.</source>
        <translation>sie verweist auf Daten außerhalb ihrer selbst, was abgelehnt wird.</translation>
    </message>
    <message>
        <source>it unpacks to more than the size limit.</source>
        <translation>sie wird entpackt größer als erlaubt.</translation>
    </message>
    <message>
        <source>it uses torch&apos;s oldest archive format, which is not safe to read.</source>
        <translation>sie hat das älteste Format von torch, das sich nicht sicher lesen lässt.</translation>
    </message>
    <message>
        <source>its contents are nested without end, as no StyleGAN2 checkpoint is.</source>
        <translation>ihr Inhalt ist endlos verschachtelt, wie kein StyleGAN2-Checkpoint.</translation>
    </message>
    <message>
        <source>its dictionaries are nested deeper than a state dict&apos;s.</source>
        <translation>ihre Wörterbücher sind tiefer verschachtelt als die von Gewichten.</translation>
    </message>
    <message>
        <source>layers of the inpainter that drop channels</source>
        <translation>Ebenen des Ergänzers, die Kanäle auslassen</translation>
    </message>
    <message>
        <source>learned and energy are shares: together they are 1 at most.</source>
        <translation>learned und energy sind Anteile: zusammen höchstens 1.</translation>
    </message>
    <message>
        <source>leave out windows whose hole is background, or this share of it</source>
        <translation>Fenster weglassen, deren Loch (oder dieser Anteil davon) Hintergrund ist</translation>
    </message>
    <message>
        <source>looks of the network on the way down while it fills in, for ddim (5, if not given)</source>
        <translation>Blicke des Netzes auf dem Weg hinab beim Füllen, für ddim (sonst 5)</translation>
    </message>
    <message>
        <source>looks of the network on the way from noise to a clean slice, for ddim (20, if not given)</source>
        <translation>Blicke des Netzes vom Rauschen zur klaren Schicht, für ddim (sonst 20)</translation>
    </message>
    <message>
        <source>map</source>
        <translation>Karte</translation>
    </message>
    <message>
        <source>mask_threshold is 0 or more, or -1.</source>
        <translation>mask_threshold ist mindestens 0 oder -1.</translation>
    </message>
    <message>
        <source>masks with the first slice&apos;s percentile for its whole batch, and blurred along with what lies below and into the next slice, as published</source>
        <translation>Masken mit dem Perzentil der ersten Schicht für den ganzen Stapel, samt dem darunter Liegenden und in die nächste Schicht verwischt, wie veröffentlicht</translation>
    </message>
    <message>
        <source>mean of so many restorations, each from a random latent of the slice&apos;s; 0: one, from the latents&apos; mean, which a decoder without biases that never saw it makes too dark</source>
        <translation>Mittel aus so vielen Wiederherstellungen, jede aus einem zufälligen latenten Vektor der Schicht; 0: eine, aus dem Mittel der latenten Vektoren, die ein Decoder ohne Bias, der es nie sah, zu dunkel macht</translation>
    </message>
    <message>
        <source>mean of so many restorations, each from a random latent of the slice&apos;s; 0: one, from the latents&apos; mean, which this decoder was shown, too</source>
        <translation>Mittel aus so vielen Wiederherstellungen, jede aus einem zufälligen latenten Vektor der Schicht; 0: eine, aus dem Mittel der latenten Vektoren, das auch dieser Decoder gesehen hat</translation>
    </message>
    <message>
        <source>minimum, mean or median over completions</source>
        <translation>kleinster, mittlerer oder Median-Abstand über die Ergänzungen</translation>
    </message>
    <message>
        <source>move the explanation onto the slice by the smooth warp</source>
        <translation>die Erklärung durch die glatte Verformung auf die Schicht bringen</translation>
    </message>
    <message>
        <source>percentiles of all slices of a batch together, resampling with the noise of one step earlier, and no last look, as published</source>
        <translation>Perzentile aller Schichten eines Stapels zusammen, Wiederholung mit dem Rauschen eines Schritts zuvor und kein letzter Blick, wie veröffentlicht</translation>
    </message>
    <message>
        <source>pixels</source>
        <translation>Pixel</translation>
    </message>
    <message>
        <source>place holes up to the image&apos;s edge</source>
        <translation>Löcher bis an den Bildrand setzen</translation>
    </message>
    <message>
        <source>relative progress at which the search ends</source>
        <translation>relativer Fortschritt, bei dem die Suche endet</translation>
    </message>
    <message>
        <source>remembered slices that each slice is compared with</source>
        <translation>gemerkte Schichten, mit denen jede Schicht verglichen wird</translation>
    </message>
    <message>
        <source>rougher than usual</source>
        <translation>rauer als üblich</translation>
    </message>
    <message>
        <source>rounds of maskings that together hide every patch equally often; more are smoother and take longer</source>
        <translation>Runden von Masken, die zusammen jedes Feld gleich oft verdecken; mehr sind glatter und dauern länger</translation>
    </message>
    <message>
        <source>score the completions, or what they restore</source>
        <translation>die Ergänzungen bewerten oder das, was sie herstellen</translation>
    </message>
    <message>
        <source>share of a slice&apos;s codes, the least likely ones, that is replaced</source>
        <translation>Anteil der unwahrscheinlichsten Codes einer Schicht, der ersetzt wird</translation>
    </message>
    <message>
        <source>share of channels that a completion drops (0.5)</source>
        <translation>Anteil der Kanäle, den eine Ergänzung auslässt (0,5)</translation>
    </message>
    <message>
        <source>share of the learned score; what both shares leave is the base&apos;s</source>
        <translation>Anteil der gelernten Bewertung; was beide Anteile lassen, hat das Grundmodell</translation>
    </message>
    <message>
        <source>share of the two-sided energy of what the base leaves over</source>
        <translation>Anteil der zweiseitigen Energie dessen, was das Grundmodell übrig lässt</translation>
    </message>
    <message>
        <source>side of a window, pixels; None: as the model was trained</source>
        <translation>Seite eines Fensters in Pixeln; leer: wie im Training</translation>
    </message>
    <message>
        <source>side of the part that is hidden, pixels</source>
        <translation>Seite des verdeckten Teils in Pixeln</translation>
    </message>
    <message>
        <source>smoother than usual</source>
        <translation>glatter als üblich</translation>
    </message>
    <message>
        <source>sq. grey levels</source>
        <translation>quadr. Graustufen</translation>
    </message>
    <message>
        <source>step of a thousand from which what is masked is filled in</source>
        <translation>Schritt von tausend, ab dem Maskiertes gefüllt wird</translation>
    </message>
    <message>
        <source>step of a thousand up to which a box is hidden in noise: more leaves less of it, normal or not</source>
        <translation>Schritt von tausend, bis zu dem ein Feld im Rauschen verschwindet: mehr lässt weniger davon übrig, normal oder nicht</translation>
    </message>
    <message>
        <source>step of a thousand up to which a slice is hidden in noise: more hides larger anomalies, and more of what is normal; if not given, as published or as far as the model has learnt</source>
        <translation>Schritt von tausend, bis zu dem eine Schicht im Rauschen verschwindet: mehr verdeckt größere Anomalien und mehr Normales; sonst wie veröffentlicht oder so weit das Modell gelernt hat</translation>
    </message>
    <message>
        <source>step size of the search in w</source>
        <translation>Schrittweite der Suche in w</translation>
    </message>
    <message>
        <source>steps of the smooth warp onto the slice; 0: none</source>
        <translation>Schritte der glatten Verformung auf die Schicht; 0: keine</translation>
    </message>
    <message>
        <source>steps that also fit noise maps: the published error, but faint anomalies are hidden</source>
        <translation>Schritte, die auch Rauschkarten anpassen: der veröffentlichte Fehler, doch schwache Anomalien verschwinden</translation>
    </message>
    <message>
        <source>the highest windows again, {number} of {count}</source>
        <translation>die höchsten Ausschnitte noch einmal, {number} von {count}</translation>
    </message>
    <message>
        <source>the original picture is all black, so it has no body region: score the full image.</source>
        <translation>Das Originalbild ist ganz schwarz und hat keinen Körperbereich: das ganze Bild bewerten.</translation>
    </message>
    <message>
        <source>torchvision&apos;s VGG16 weights, for perceptual features</source>
        <translation>VGG16-Gewichte von torchvision, für Wahrnehmungsmerkmale</translation>
    </message>
    <message>
        <source>weigh differences by how unlike the pair looks, as published</source>
        <translation>Unterschiede danach gewichten, wie unähnlich das Paar aussieht, wie veröffentlicht</translation>
    </message>
    <message>
        <source>weight of how unlike the GAN&apos;s critic finds a slice and its restoration, beside the difference of their grey values: slices are then scored by the sum of both, whatever the metric (1 as published); 0 leaves it out. If not given, as the model&apos;s card says, else 0</source>
        <translation>Gewicht dessen, wie unähnlich der Kritiker des GAN eine Schicht und ihre Wiederherstellung findet, neben dem Unterschied ihrer Grauwerte: Schichten werden dann nach der Summe beider bewertet, gleich mit welchem Maß (veröffentlicht: 1); 0 lässt es weg. Ohne Angabe, wie es die Karte des Modells sagt, sonst 0</translation>
    </message>
    <message>
        <source>what completions are compared by</source>
        <translation>womit Ergänzungen verglichen werden</translation>
    </message>
    <message>
        <source>where it matters</source>
        <translation>wo es zählt</translation>
    </message>
    <message>
        <source>where to search: one w, or one a layer</source>
        <translation>wo gesucht wird: ein w oder eines je Ebene</translation>
    </message>
    <message>
        <source>which slice to film; the first one where not given</source>
        <translation>welche Schicht gefilmt wird; sonst die erste</translation>
    </message>
    <message>
        <source>window {number} of {count}</source>
        <translation>Ausschnitt {number} von {count}</translation>
    </message>
    <message>
        <source>x normal</source>
        <translation>x normal</translation>
    </message>
    <message>
        <source>x usual</source>
        <translation>x üblich</translation>
    </message>
    <message>
        <source>{above} of {count} are above what 1 of {one_in} normal slices shows ({score}); the others are within the usual.</source>
        <translation>{above} von {count} liegen über dem, was 1 von {one_in} normalen Schichten zeigt ({score}); die anderen liegen im Üblichen.</translation>
    </message>
    <message>
        <source>{asked} is no result folder, and too short for the begin of a case: give {least} digits as  gananomaly review list  shows them.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{case} of the study {study} is not among the cases to settle.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{count} damaged DICOM files in the folder could not be read.</source>
        <translation>{count} beschädigte DICOM-Dateien im Ordner konnten nicht gelesen werden.</translation>
    </message>
    <message>
        <source>{count} images of another size or orientation (such as scout views) were left out.</source>
        <translation>{count} Bilder anderer Größe oder Ausrichtung (etwa Übersichtsaufnahmen) wurden weggelassen.</translation>
    </message>
    <message>
        <source>{count} images were in the series twice; the copies were left out.</source>
        <translation>{count} Bilder waren doppelt in der Serie; die Kopien wurden weggelassen.</translation>
    </message>
    <message>
        <source>{count} places, the highest first. What normal slices show with these settings is not known: any of them may be within the usual.</source>
        <translation>{count} Stellen, die höchste zuerst. Was normale Schichten mit diesen Einstellungen zeigen, ist nicht bekannt: Jede davon kann im Üblichen liegen.</translation>
    </message>
    <message>
        <source>{count} readings of the study {study} are left: finish it after them, or add ⟨force⟩.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{count} slices ({where}) hold no body, or less of one than the model was made on: they were not scored.</source>
        <translation>{count} Schichten ({where}) zeigen keinen Körper oder weniger davon, als das Modell kennt: Sie wurden nicht bewertet.</translation>
    </message>
    <message>
        <source>{count} slices are missing from the series: the gaps were filled by interpolation between the neighbours.</source>
        <translation>In der Serie fehlen {count} Schichten: Die Lücken wurden durch Interpolation zwischen den Nachbarn gefüllt.</translation>
    </message>
    <message>
        <source>{count} voxels within the image are not finite numbers (NaN or infinity): replace them, for example by -1024, first.</source>
        <translation>{count} Voxel im Bild sind keine endlichen Zahlen (NaN oder unendlich): Ersetzen Sie sie zuerst, zum Beispiel durch -1024.</translation>
    </message>
    <message>
        <source>{folder} holds decisions that the review database does not have of {reader}: import them first, or add ⟨force⟩.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{missing} of the {count} images are not there any more: load the series again.</source>
        <translation>{missing} der {count} Bilder sind nicht mehr da: laden Sie die Serie noch einmal.</translation>
    </message>
    <message>
        <source>{missing} of the {count} images that the result was made of are not among those given: load the whole series again.</source>
        <translation>{missing} der {count} Bilder, aus denen das Ergebnis gemacht wurde, sind nicht unter den angegebenen: laden Sie die ganze Serie noch einmal.</translation>
    </message>
    <message>
        <source>{name} is none of the adjudicators of the study {study}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{name} reads in the study {study}, and cannot settle what its readers disagree on: name somebody else, or name adjudicators in the design.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{number} of {count} analyses finished: {doing}</source>
        <translation>{number} von {count} Analysen fertig: {doing}</translation>
    </message>
    <message>
        <source>{number} of {count} cases finished</source>
        <translation>{number} von {count} Fällen fertig</translation>
    </message>
    <message>
        <source>{number} of {count} cases finished, {running} running</source>
        <translation>{number} von {count} Fällen fertig, {running} laufen</translation>
    </message>
    <message>
        <source>{number} of {count} images were compressed with losses ({how}): fine texture may be missing.</source>
        <translation>{number} von {count} Bildern wurden mit Verlusten komprimiert ({how}): Feine Struktur kann fehlen.</translation>
    </message>
    <message>
        <source>{number} of {count} slices score as high as 1 of 100 normal ones: the whole scan may differ, not places in it.</source>
        <translation>{number} von {count} Schichten haben so hohe Werte wie 1 von 100 normalen: Vielleicht ist die ganze Aufnahme anders, nicht einzelne Stellen.</translation>
    </message>
    <message>
        <source>{offset:+g} was added to all values, as was asked.</source>
        <translation>{offset:+g} wurde wie verlangt zu allen Werten addiert.</translation>
    </message>
    <message>
        <source>{place} is a database of something else: choose another file.</source>
        <translation>{place} ist eine Datenbank von etwas anderem: wählen Sie eine andere Datei.</translation>
    </message>
    <message>
        <source>{place} is a database of something else: choose another one.</source>
        <translation>{place} ist eine Datenbank von etwas anderem: wählen Sie eine andere.</translation>
    </message>
    <message>
        <source>{place} is a folder, not a review database: name a file in it.</source>
        <translation>{place} ist ein Ordner, keine Befundungsdatenbank: nennen Sie eine Datei darin.</translation>
    </message>
    <message>
        <source>{place} is not a review database: choose another file, or bring back a backup.</source>
        <translation>{place} ist keine Befundungsdatenbank: wählen Sie eine andere Datei, oder holen Sie eine Sicherung zurück.</translation>
    </message>
    <message>
        <source>{place} is the review database itself: name another one.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{reader} has closed no such reading of {case}.</source>
        <translation>{reader} hat keine solche Befundung von {case} abgeschlossen.</translation>
    </message>
    <message>
        <source>{reader} has closed several readings of {case}: say under which condition.</source>
        <translation>{reader} hat mehrere Befundungen von {case} abgeschlossen: Bitte sagen, unter welcher Bedingung.</translation>
    </message>
    <message>
        <source>{reader} has no case of the study {study} open: open the next.</source>
        <translation>{reader} hat keinen Fall der Studie {study} offen: den nächsten öffnen.</translation>
    </message>
    <message>
        <source>{reader} has read all cases of the study {study}.</source>
        <translation>{reader} hat alle Fälle der Studie {study} befundet.</translation>
    </message>
    <message>
        <source>{reader} is no reader of the study {study}.</source>
        <translation>{reader} befundet nicht in der Studie {study}.</translation>
    </message>
    <message>
        <source>{score} {unit}</source>
        <translation>{score} {unit}</translation>
    </message>
    <message>
        <source>{score}x normal</source>
        <translation>{score}x normal</translation>
    </message>
    <message>
        <source>{score}x usual</source>
        <translation>{score}x üblich</translation>
    </message>
    <message>
        <source>{target} is there already: choose another name for the copy.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{what} has more than {most} characters: shorten it.</source>
        <translation>{what} hat mehr als {most} Zeichen: kürzen Sie ihn.</translation>
    </message>
    <message>
        <source>{what} holds characters that no name has: correct it.</source>
        <translation>{what} enthält Zeichen, die kein Name hat: korrigieren Sie ihn.</translation>
    </message>
    <message>
        <source>{what} needs the Python package {package}, which is not installed: run pip install &apos;gananomaly[dicom]&apos;, or in 3D Slicer&apos;s Python console slicer.util.pip_install(&apos;{package}&apos;).</source>
        <translation>{what} braucht das Python-Paket {package}, das nicht installiert ist: pip install &apos;gananomaly[dicom]&apos; ausführen, oder in der Python-Konsole von 3D Slicer slicer.util.pip_install(&apos;{package}&apos;).</translation>
    </message>
    <message>
        <source>{what} needs the Python package {package}, which is not installed: run pip install &apos;gananomaly[normative]&apos;, or in 3D Slicer&apos;s Python console slicer.util.pip_install(&apos;{package}&apos;).</source>
        <translation>{what} braucht das Python-Paket {package}, das nicht installiert ist: pip install &apos;gananomaly[normative]&apos; ausführen oder in der Python-Konsole von 3D Slicer slicer.util.pip_install(&apos;{package}&apos;).</translation>
    </message>
    <message>
        <source>{what}: features of {number} of {count}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{what}: radiomics of {number} of {count}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{what}: {number} of {count}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>All of GANAnomaly&apos;s tests passed.</source>
        <translation>Alle Tests von GANAnomaly bestanden.</translation>
    </message>
    <message>
        <source>GANAnomaly needs 3D Slicer 5.10 or later: this one has Python {version}.</source>
        <translation>GANAnomaly braucht 3D Slicer 5.10 oder neuer: Dieser hat Python {version}.</translation>
    </message>
    <message>
        <source>Made by the GANAnomaly contributors, under the Apache licence 2.0. Built on 3D Slicer, PyTorch and the published methods StyleGAN2 and PICARD, with networks written anew from the papers. The bundled CT comes from the TotalSegmentator repository (Apache-2.0).</source>
        <translation>Von den Beitragenden zu GANAnomaly, unter der Apache-Lizenz 2.0. Gebaut auf 3D Slicer, PyTorch und den veröffentlichten Verfahren StyleGAN2 und PICARD, mit aus den Arbeiten neu geschriebenen Netzen. Das mitgelieferte CT stammt aus dem Repositorium von TotalSegmentator (Apache-2.0).</translation>
    </message>
    <message>
        <source>Research use only. Not a medical device.</source>
        <translation>Nur für die Forschung. Kein Medizinprodukt.</translation>
    </message>
    <message>
        <source>What this module is for, and what it is not for.</source>
        <translation>Wofür dieses Modul da ist und wofür nicht.</translation>
    </message>
    <message>
        <source>Analyse</source>
        <translation>Analysieren</translation>
    </message>
    <message>
        <source>What to analyse, with which model of normal anatomy.</source>
        <translation>Was analysiert wird, und mit welchem Modell normaler Anatomie.</translation>
    </message>
    <message>
        <source>CT volume:</source>
        <translation>CT-Volumen:</translation>
    </message>
    <message>
        <source>Select a CT volume</source>
        <translation>CT-Volumen wählen</translation>
    </message>
    <message>
        <source>The CT to analyse: in Hounsfield units, as loaded from DICOM, NIfTI or NRRD.</source>
        <translation>Das CT, das analysiert wird: in Hounsfield-Einheiten, wie aus DICOM, NIfTI oder NRRD geladen.</translation>
    </message>
    <message>
        <source>Sample data</source>
        <translation>Beispieldaten</translation>
    </message>
    <message>
        <source>Load the bundled CT of an abdomen, as it is or with simulated anomalies, to try the module.</source>
        <translation>Das mitgelieferte CT eines Bauches laden, wie es ist oder mit simulierten Auffälligkeiten, um das Modul auszuprobieren.</translation>
    </message>
    <message>
        <source>Only inside:</source>
        <translation>Nur innerhalb:</translation>
    </message>
    <message>
        <source>Optional: score only inside this segment (an organ, say). Leave empty to score the whole slice.</source>
        <translation>Freiwillig: nur in diesem Segment bewerten (etwa einem Organ). Leer heißt: die ganze Schicht.</translation>
    </message>
    <message>
        <source>Model:</source>
        <translation>Modell:</translation>
    </message>
    <message>
        <source>The model of normal anatomy. Choose one of the anatomy you read.</source>
        <translation>Das Modell normaler Anatomie. Wählen Sie eines der Körperregion, die Sie befunden.</translation>
    </message>
    <message>
        <source>Add a StyleGAN2 model from a file (.pkl, .pt, .safetensors). It is converted safely: no code in the file is run.</source>
        <translation>Ein StyleGAN2-Modell aus einer Datei hinzufügen (.pkl, .pt, .safetensors). Es wird sicher umgewandelt: Kein Code in der Datei wird ausgeführt.</translation>
    </message>
    <message>
        <source>Delete the chosen model&apos;s files from this computer. Only models that you added can be removed.</source>
        <translation>Die Dateien des gewählten Modells von diesem Computer löschen. Nur selbst hinzugefügte Modelle lassen sich entfernen.</translation>
    </message>
    <message>
        <source>Why this model may not suit this CT.</source>
        <translation>Warum dieses Modell zu diesem CT womöglich nicht passt.</translation>
    </message>
    <message>
        <source>Explain every slice with the model and list where it cannot.</source>
        <translation>Jede Schicht mit dem Modell erklären und auflisten, wo es das nicht kann.</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>Abbrechen</translation>
    </message>
    <message>
        <source>Stop the analysis. The scene stays as it is; finished slices are kept for the next try.</source>
        <translation>Die Analyse abbrechen. Die Szene bleibt, wie sie ist; fertige Schichten bleiben für den nächsten Versuch erhalten.</translation>
    </message>
    <message>
        <source>How much of the analysis is done.</source>
        <translation>Wie viel der Analyse fertig ist.</translation>
    </message>
    <message>
        <source>What is being done, or what came of it.</source>
        <translation>Was gerade geschieht, oder was dabei herauskam.</translation>
    </message>
    <message>
        <source>Try with less memory</source>
        <translation>Mit weniger Speicher versuchen</translation>
    </message>
    <message>
        <source>Run again one slice at a time on the processor: slower, with the least memory.</source>
        <translation>Erneut analysieren, Schicht für Schicht auf dem Prozessor: langsamer, mit dem geringsten Speicherbedarf.</translation>
    </message>
    <message>
        <source>Heatmap, findings and reconstruction are of the CT as it was analysed. They are hidden as long as the CT is another one.</source>
        <translation>Heatmap, Befunde und Rekonstruktion gehören zum CT, wie es analysiert wurde. Solange das CT ein anderes ist, sind sie ausgeblendet.</translation>
    </message>
    <message>
        <source>How the result stands to the CT as it is now.</source>
        <translation>Wie das Ergebnis zum jetzigen CT steht.</translation>
    </message>
    <message>
        <source>Analyse it again</source>
        <translation>Erneut analysieren</translation>
    </message>
    <message>
        <source>Analyse the CT as it is now, with the settings of this panel. The result takes the place of this one.</source>
        <translation>Das CT, wie es jetzt ist, mit den Einstellungen dieses Moduls analysieren. Das neue Ergebnis ersetzt dieses.</translation>
    </message>
    <message>
        <source>Show the result as it was</source>
        <translation>Ergebnis zeigen, wie es war</translation>
    </message>
    <message>
        <source>Change between the CT as it is now, without the result, and the CT as it was analysed, with the result. The latter is put together from the result: in the model&apos;s window, and only the slices that were analysed.</source>
        <translation>Wechselt zwischen dem jetzigen CT ohne Ergebnis und dem CT, wie es analysiert wurde, mit Ergebnis. Letzteres wird aus dem Ergebnis zusammengesetzt: im Fenster des Modells und nur die analysierten Schichten.</translation>
    </message>
    <message>
        <source>Findings</source>
        <translation>Befunde</translation>
    </message>
    <message>
        <source>The places that the model could explain least, highest score first.</source>
        <translation>Die Stellen, die das Modell am wenigsten erklären konnte, höchster Wert zuerst.</translation>
    </message>
    <message>
        <source>Previous</source>
        <translation>Voriger</translation>
    </message>
    <message>
        <source>How many findings are above what few normal slices show, and how many you have decided on.</source>
        <translation>Wie viele Befunde über dem liegen, was wenige normale Schichten zeigen, und über wie viele Sie entschieden haben.</translation>
    </message>
    <message>
        <source>Findings above</source>
        <translation>Befunde über</translation>
    </message>
    <message>
        <source>Places below this line are greyed and folded away in the list.</source>
        <translation>Stellen unter dieser Grenze sind in der Liste grau und eingeklappt.</translation>
    </message>
    <message>
        <source>How rare a score must be on the model&apos;s normal slices to count as a finding. Places below this line are greyed and folded away in the list.</source>
        <translation>Wie selten ein Wert auf normalen Schichten des Modells sein muss, um als Befund zu gelten. Stellen darunter sind in der Liste grau und eingeklappt.</translation>
    </message>
    <message>
        <source>Previous finding (P)</source>
        <translation>Voriger Befund (P)</translation>
    </message>
    <message>
        <source>Next</source>
        <translation>Nächster</translation>
    </message>
    <message>
        <source>Next finding (N)</source>
        <translation>Nächster Befund (N)</translation>
    </message>
    <message>
        <source>Accept</source>
        <translation>Annehmen</translation>
    </message>
    <message>
        <source>Accept: this is abnormal (A)</source>
        <translation>Annehmen: Das ist auffällig (A)</translation>
    </message>
    <message>
        <source>Reject</source>
        <translation>Ablehnen</translation>
    </message>
    <message>
        <source>Reject: nothing abnormal here (X)</source>
        <translation>Ablehnen: Hier ist nichts auffällig (X)</translation>
    </message>
    <message>
        <source>Unsure</source>
        <translation>Unsicher</translation>
    </message>
    <message>
        <source>Unsure: to be looked at again (U)</source>
        <translation>Unsicher: noch einmal ansehen (U)</translation>
    </message>
    <message>
        <source>Comment on this finding</source>
        <translation>Kommentar zu diesem Befund</translation>
    </message>
    <message>
        <source>Highest patch score of every slice, from feet to head. Click to go to a slice.</source>
        <translation>Der höchste Wert jeder Schicht, von den Füßen zum Kopf. Ein Klick führt zu einer Schicht.</translation>
    </message>
    <message>
        <source>Display</source>
        <translation>Darstellung</translation>
    </message>
    <message>
        <source>How the result is shown over the CT.</source>
        <translation>Wie das Ergebnis über dem CT gezeigt wird.</translation>
    </message>
    <message>
        <source>Heatmap over the CT</source>
        <translation>Wärmekarte über dem CT</translation>
    </message>
    <message>
        <source>Show the heatmap over the CT (H).</source>
        <translation>Die Wärmekarte über dem CT zeigen (H).</translation>
    </message>
    <message>
        <source>Opacity:</source>
        <translation>Deckkraft:</translation>
    </message>
    <message>
        <source>How strongly the heatmap covers the CT.</source>
        <translation>Wie stark die Wärmekarte das CT bedeckt.</translation>
    </message>
    <message>
        <source>Show above:</source>
        <translation>Zeigen über:</translation>
    </message>
    <message>
        <source>Only what scores higher than this is coloured.</source>
        <translation>Nur was höher bewertet ist, wird gefärbt.</translation>
    </message>
    <message>
        <source>Top:</source>
        <translation>Oberste:</translation>
    </message>
    <message>
        <source> %</source>
        <translation> %</translation>
    </message>
    <message>
        <source>The same threshold as a share: colour only this part of all analysed voxels.</source>
        <translation>Dieselbe Schwelle als Anteil: Nur dieser Teil aller analysierten Voxel wird gefärbt.</translation>
    </message>
    <message>
        <source>Normal pixels above:</source>
        <translation>Normale Pixel darüber:</translation>
    </message>
    <message>
        <source>Set the threshold so that at most this share of the pixels of normal scans lies above it, as measured for the model.</source>
        <translation>Die Schwelle so setzen, dass höchstens dieser Anteil der Pixel normaler Aufnahmen darüber liegt, wie für das Modell gemessen.</translation>
    </message>
    <message>
        <source>Colours:</source>
        <translation>Farben:</translation>
    </message>
    <message>
        <source>The heatmap&apos;s colours. The default is perceptually uniform.</source>
        <translation>Die Farben der Wärmekarte. Die voreingestellten sind für das Auge gleichmäßig.</translation>
    </message>
    <message>
        <source>Legend</source>
        <translation>Legende</translation>
    </message>
    <message>
        <source>Show the colour legend in the slice views.</source>
        <translation>Die Farblegende in den Schichtansichten zeigen.</translation>
    </message>
    <message>
        <source>A comment on the selected finding (C); Return ends it. It is kept in the scene and in what you export.</source>
        <translation>Kommentar zum gewählten Befund (C); die Eingabetaste beendet ihn. Er bleibt in der Szene und im Export.</translation>
    </message>
    <message>
        <source>Worklist</source>
        <translation>Arbeitsliste</translation>
    </message>
    <message>
        <source>The cases of the review database: what is to be analysed, read or settled.</source>
        <translation>Die Fälle der Befundungsdatenbank: was zu analysieren, zu befunden oder zu klären ist.</translation>
    </message>
    <message>
        <source>Which cases are listed. Read are those with your verdict, or with your decision on every finding.</source>
        <translation>Welche Fälle aufgeführt werden. Befundet sind die mit Ihrem Urteil oder mit Ihrer Entscheidung über jeden Befund.</translation>
    </message>
    <message>
        <source>In which order cases are listed and gone through.</source>
        <translation>In welcher Reihenfolge die Fälle aufgeführt und durchgegangen werden.</translation>
    </message>
    <message>
        <source>Find</source>
        <translation>Suchen</translation>
    </message>
    <message>
        <source>Only cases with this in their folder, model or modality.</source>
        <translation>Nur Fälle, in deren Ordner, Modell oder Modalität dies vorkommt.</translation>
    </message>
    <message>
        <source>List the cases anew: what came meanwhile, without what is done.</source>
        <translation>Die Fälle neu aufführen: mit dem, was inzwischen kam, und ohne das, was erledigt ist.</translation>
    </message>
    <message>
        <source>Double-click a case to open it; the case before leaves the scene, and what you said of it stays in the review database. Keys: Shift+Page Down next case, Shift+Page Up previous case.</source>
        <translation>Öffnen Sie einen Fall mit einem Doppelklick; der Fall davor verlässt die Szene, und was Sie über ihn gesagt haben, bleibt in der Befundungsdatenbank. Tasten: Umschalt+Bild ab nächster Fall, Umschalt+Bild auf voriger Fall.</translation>
    </message>
    <message>
        <source>How many cases there are in all.</source>
        <translation>Wie viele Fälle es insgesamt gibt.</translation>
    </message>
    <message>
        <source>Previous case</source>
        <translation>Voriger Fall</translation>
    </message>
    <message>
        <source>Open the case before on the list (Shift+Page Up).</source>
        <translation>Den vorigen Fall der Liste öffnen (Umschalt+Bild auf).</translation>
    </message>
    <message>
        <source>Next case</source>
        <translation>Nächster Fall</translation>
    </message>
    <message>
        <source>Open the next case of the list (Shift+Page Down). It is read while you read this one.</source>
        <translation>Den nächsten Fall der Liste öffnen (Umschalt+Bild ab). Er wird geladen, während Sie diesen befunden.</translation>
    </message>
    <message>
        <source>Reader study</source>
        <translation>Befunderstudie</translation>
    </message>
    <message>
        <source>Studies of the review database in which you read: case after case, in your order, your time measured.</source>
        <translation>Studien der Befundungsdatenbank, in denen Sie befunden: Fall für Fall, in Ihrer Reihenfolge, mit Ihrer Zeit.</translation>
    </message>
    <message>
        <source>Which study you read in.</source>
        <translation>In welcher Studie Sie befunden.</translation>
    </message>
    <message>
        <source>Open the case that you read next; one that was not closed is opened again.</source>
        <translation>Den Fall öffnen, den Sie als nächsten befunden; einer, der nicht abgeschlossen wurde, wird wieder geöffnet.</translation>
    </message>
    <message>
        <source>Which case is open, how many there are, and under what it is read.</source>
        <translation>Welcher Fall offen ist, wie viele es sind, und unter welcher Bedingung er befundet wird.</translation>
    </message>
    <message>
        <source>How suspicious the case is, on the study&apos;s scale: higher is more suspicious.</source>
        <translation>Wie verdächtig der Fall ist, auf der Skala der Studie: höher ist verdächtiger.</translation>
    </message>
    <message>
        <source>Your verdict on the case; it may be left out. A case that is technically inadequate needs no rating.</source>
        <translation>Ihr Urteil über den Fall; es darf fehlen. Ein technisch unzureichender Fall braucht keine Bewertung.</translation>
    </message>
    <message>
        <source>Mark a place</source>
        <translation>Stelle markieren</translation>
    </message>
    <message>
        <source>Press, then click the place in a view (M): what you find suspicious, rated by itself.</source>
        <translation>Drücken, dann die Stelle in einer Ansicht anklicken (M): was Sie verdächtig finden, für sich bewertet.</translation>
    </message>
    <message>
        <source>Remove mark</source>
        <translation>Markierung entfernen</translation>
    </message>
    <message>
        <source>Take the chosen mark away, else the last.</source>
        <translation>Die gewählte Markierung wegnehmen, sonst die letzte.</translation>
    </message>
    <message>
        <source>Your marks on this case. Click one to go to it; rate each.</source>
        <translation>Ihre Markierungen in diesem Fall. Klicken Sie eine an, um zu ihr zu gehen; bewerten Sie jede.</translation>
    </message>
    <message>
        <source>Pause</source>
        <translation>Pause</translation>
    </message>
    <message>
        <source>Stop the clock and hide the case until you press again.</source>
        <translation>Die Uhr anhalten und den Fall verbergen, bis Sie noch einmal drücken.</translation>
    </message>
    <message>
        <source>Done, next</source>
        <translation>Fertig, weiter</translation>
    </message>
    <message>
        <source>Keep rating, verdict and marks, and open the next case. What is closed can only be amended.</source>
        <translation>Bewertung, Urteil und Markierungen behalten und den nächsten Fall öffnen. Abgeschlossenes kann nur noch berichtigt werden.</translation>
    </message>
    <message>
        <source>Second opinion</source>
        <translation>Zweite Meinung</translation>
    </message>
    <message>
        <source>Ask a classifier that learnt from readers&apos; decisions how probably a reader would accept each finding. Look first, then compare.</source>
        <translation>Fragt einen Klassifikator, der aus Entscheidungen von Befundern gelernt hat, wie wahrscheinlich ein Befunder jeden Befund annähme. Erst selbst ansehen, dann vergleichen.</translation>
    </message>
    <message>
        <source>In a study only its own questions are answered: nothing is decided on the findings here.</source>
        <translation>In einer Studie werden nur deren eigene Fragen beantwortet: Über die Befunde wird hier nicht entschieden.</translation>
    </message>
    <message>
        <source>What the selected finding is (L): a term of the list, or your own words; Return ends it. Lists in the format of 3D Slicer&apos;s terminologies are read from the folder review/terminologies of your data folder.</source>
        <translation>Was der gewählte Befund ist (L): ein Begriff der Liste oder eigene Worte; die Eingabetaste beendet die Eingabe. Listen im Format der Terminologien von 3D Slicer werden aus dem Ordner review/terminologies Ihres Datenordners gelesen.</translation>
    </message>
    <message>
        <source>How sure you are of the selected finding, from 1, not at all, to 5, entirely (Alt+1 to Alt+5).</source>
        <translation>Wie sicher Sie beim gewählten Befund sind, von 1, gar nicht, bis 5, völlig (Alt+1 bis Alt+5).</translation>
    </message>
    <message>
        <source>Click a finding to go to it in all views. Keys: N next, P previous, A accept, X reject, U unsure, C comment, L label, Z undo. X takes a finding of your own away.</source>
        <translation>Klicken Sie auf einen Befund, um ihn in allen Ansichten zu zeigen. Tasten: N nächster, P voriger, A annehmen, X ablehnen, U unsicher, C Kommentar, L Bezeichnung, Z rückgängig. X entfernt einen eigenen Befund.</translation>
    </message>
    <message>
        <source>Mark a point</source>
        <translation>Punkt markieren</translation>
    </message>
    <message>
        <source>Add what the model missed: press, then click the place in any view (M). Press again to leave it.</source>
        <translation>Hinzufügen, was das Modell übersehen hat: drücken, dann die Stelle in einer Ansicht anklicken (M). Erneut drücken bricht ab.</translation>
    </message>
    <message>
        <source>Mark a box</source>
        <translation>Kasten markieren</translation>
    </message>
    <message>
        <source>Add what the model missed: press, then click two opposite corners in any slice view (B). The size is measured; drag its handles to change it. Press again to leave it.</source>
        <translation>Hinzufügen, was das Modell übersehen hat: drücken, dann zwei gegenüberliegende Ecken in einer Schichtansicht anklicken (B). Die Größe wird gemessen; ziehen Sie an den Griffen, um sie zu ändern. Erneut drücken bricht ab.</translation>
    </message>
    <message>
        <source>Undo</source>
        <translation>Rückgängig</translation>
    </message>
    <message>
        <source>Take back what was said or marked last (Z).</source>
        <translation>Das zuletzt Gesagte oder Markierte zurücknehmen (Z).</translation>
    </message>
    <message>
        <source>Whole case:</source>
        <translation>Ganzer Fall:</translation>
    </message>
    <message>
        <source>Your verdict on the whole case, whatever the findings are.</source>
        <translation>Ihr Urteil über den ganzen Fall, unabhängig von den Befunden.</translation>
    </message>
    <message>
        <source>Your verdict on the whole case (Shift+N normal, Shift+A abnormal, Shift+I technically inadequate; the same key again takes it back).</source>
        <translation>Ihr Urteil über den ganzen Fall (Umschalt+N normal, Umschalt+A auffällig, Umschalt+I technisch unzureichend; dieselbe Taste nimmt es zurück).</translation>
    </message>
    <message>
        <source>How sure you are of the verdict, from 1, not at all, to 5, entirely (Alt+1 to Alt+5 right after the verdict).</source>
        <translation>Wie sicher Sie beim Urteil sind, von 1, gar nicht, bis 5, völlig (Alt+1 bis Alt+5 gleich nach dem Urteil).</translation>
    </message>
    <message>
        <source>CT window:</source>
        <translation>CT-Fenster:</translation>
    </message>
    <message>
        <source>The window that the CT is shown in, also with the next CT. Keys: 1 soft tissue, 2 lung, 3 bone, 4 brain, 5 the model&apos;s, 0 back to the one before.</source>
        <translation>Das Fenster, in dem das CT gezeigt wird, auch beim nächsten. Tasten: 1 Weichteile, 2 Lunge, 3 Knochen, 4 Gehirn, 5 das des Modells, 0 zurück zum vorigen.</translation>
    </message>
    <message>
        <source>Layout:</source>
        <translation>Anordnung:</translation>
    </message>
    <message>
        <source>How the views are arranged; compared views move together.</source>
        <translation>Wie die Ansichten angeordnet sind; verglichene Ansichten bewegen sich gemeinsam.</translation>
    </message>
    <message>
        <source>In 3-D:</source>
        <translation>In 3D:</translation>
    </message>
    <message>
        <source>Show the findings in the 3-D view, the selected one bright, with the body faint around them. Computed when chosen; removed again with Nothing.</source>
        <translation>Zeigt die Befunde in der 3D-Ansicht, den gewählten hell, den Körper blass darum. Wird erst auf Wunsch berechnet und mit „Nichts“ wieder entfernt.</translation>
    </message>
    <message>
        <source>Advanced</source>
        <translation>Erweitert</translation>
    </message>
    <message>
        <source>For physicists and researchers: everything left as it is means what the model&apos;s card recommends.</source>
        <translation>Für Medizinphysik und Forschung: Was Sie nicht ändern, bleibt, wie es die Karte des Modells empfiehlt.</translation>
    </message>
    <message>
        <source>Detector:</source>
        <translation>Verfahren:</translation>
    </message>
    <message>
        <source>How the model explains a slice.</source>
        <translation>Wie das Modell eine Schicht erklärt.</translation>
    </message>
    <message>
        <source>Search:</source>
        <translation>Suche:</translation>
    </message>
    <message>
        <source>Fast, or the published projection (far slower).</source>
        <translation>Schnell, oder die veröffentlichte Projektion (viel langsamer).</translation>
    </message>
    <message>
        <source>Steps:</source>
        <translation>Schritte:</translation>
    </message>
    <message>
        <source>the model&apos;s</source>
        <translation>wie das Modell</translation>
    </message>
    <message>
        <source>Optimisation steps a slice.</source>
        <translation>Optimierungsschritte je Schicht.</translation>
    </message>
    <message>
        <source>Metric:</source>
        <translation>Maß:</translation>
    </message>
    <message>
        <source>Distance between CT and explanation: Wasserstein (WD), mean squared error, 1 - structural similarity.</source>
        <translation>Abstand zwischen CT und Erklärung: Wasserstein (WD), mittlerer quadratischer Fehler, 1 - strukturelle Ähnlichkeit.</translation>
    </message>
    <message>
        <source>Patch size:</source>
        <translation>Ausschnitt:</translation>
    </message>
    <message>
        <source>Side of a patch in pixels of the model&apos;s image.</source>
        <translation>Seite eines Ausschnitts in Pixeln des Modellbilds.</translation>
    </message>
    <message>
        <source>Scores as times what is usual</source>
        <translation>Werte als Vielfaches des Üblichen</translation>
    </message>
    <message>
        <source>Count scores as times what normal slices show at the same place, where the model knows that.</source>
        <translation>Werte als Vielfaches dessen zählen, was normale Schichten an derselben Stelle zeigen, wo das Modell das weiß.</translation>
    </message>
    <message>
        <source>Region:</source>
        <translation>Bereich:</translation>
    </message>
    <message>
        <source>Score the full slice, only the body, or only the chosen segment.</source>
        <translation>Die ganze Schicht bewerten, nur den Körper, oder nur das gewählte Segment.</translation>
    </message>
    <message>
        <source>Findings:</source>
        <translation>Befunde:</translation>
    </message>
    <message>
        <source>How many findings to list.</source>
        <translation>Wie viele Befunde aufgelistet werden.</translation>
    </message>
    <message>
        <source>Another window than the model&apos;s:</source>
        <translation>Anderes Fenster als das Modell:</translation>
    </message>
    <message>
        <source>Use another window than the model&apos;s own. Scores are then not comparable with the model&apos;s thresholds.</source>
        <translation>Ein anderes Fenster als das des Modells benutzen. Die Werte sind dann nicht mit den Schwellen des Modells vergleichbar.</translation>
    </message>
    <message>
        <source>Window, level (HU):</source>
        <translation>Fensterbreite, Fensterlage (HE):</translation>
    </message>
    <message>
        <source>Window width in Hounsfield units.</source>
        <translation>Fensterbreite in Hounsfield-Einheiten.</translation>
    </message>
    <message>
        <source>Window level (its centre) in Hounsfield units.</source>
        <translation>Fensterlage (Mitte) in Hounsfield-Einheiten.</translation>
    </message>
    <message>
        <source>Only some slices (from the feet, starting at 0):</source>
        <translation>Nur einige Schichten (von den Füßen, ab 0):</translation>
    </message>
    <message>
        <source>Analyse only part of the slices.</source>
        <translation>Nur einen Teil der Schichten analysieren.</translation>
    </message>
    <message>
        <source>First, last slice:</source>
        <translation>Erste, letzte Schicht:</translation>
    </message>
    <message>
        <source>The first slice to analyse; 0 is nearest the feet.</source>
        <translation>Die erste Schicht; 0 liegt den Füßen am nächsten.</translation>
    </message>
    <message>
        <source>The last slice to analyse, included.</source>
        <translation>Die letzte Schicht, eingeschlossen.</translation>
    </message>
    <message>
        <source>Device:</source>
        <translation>Gerät:</translation>
    </message>
    <message>
        <source>Where to compute; automatic takes a graphics card where there is one.</source>
        <translation>Wo gerechnet wird; automatisch nimmt eine Grafikkarte, wo es eine gibt.</translation>
    </message>
    <message>
        <source>Seed:</source>
        <translation>Startzahl:</translation>
    </message>
    <message>
        <source>The same seed gives the same result.</source>
        <translation>Dieselbe Startzahl gibt dasselbe Ergebnis.</translation>
    </message>
    <message>
        <source>Accept any image</source>
        <translation>Beliebige Bilder zulassen</translation>
    </message>
    <message>
        <source>Analyse also an image that does not look like a CT. What comes out then means little.</source>
        <translation>Auch ein Bild analysieren, das nicht wie ein CT aussieht. Was herauskommt, bedeutet dann wenig.</translation>
    </message>
    <message>
        <source>Values lack their intercept (add -1024)</source>
        <translation>Werte ohne Intercept (-1024 addieren)</translation>
    </message>
    <message>
        <source>The CT was stored without its rescale intercept: air is about 0 and water about 1024.</source>
        <translation>Das CT wurde ohne seinen Rescale Intercept gespeichert: Luft ist etwa 0, Wasser etwa 1024.</translation>
    </message>
    <message>
        <source>Findings also of unknown scans</source>
        <translation>Befunde auch unbekannter Aufnahmen</translation>
    </message>
    <message>
        <source>List findings also of a scan that is not what the model knows, such as another part of the body. They then mean little.</source>
        <translation>Auch Befunde einer Aufnahme aufführen, die das Modell nicht kennt, etwa eines anderen Körperteils. Sie besagen dann wenig.</translation>
    </message>
    <message>
        <source>Save</source>
        <translation>Speichern</translation>
    </message>
    <message>
        <source>Keep the result and your decisions.</source>
        <translation>Das Ergebnis und Ihre Entscheidungen aufheben.</translation>
    </message>
    <message>
        <source>Result folder...</source>
        <translation>Ergebnisordner...</translation>
    </message>
    <message>
        <source>Save the whole result with your decisions into a folder.</source>
        <translation>Das ganze Ergebnis mit Ihren Entscheidungen in einen Ordner speichern.</translation>
    </message>
    <message>
        <source>Scene (.mrb)...</source>
        <translation>Szene (.mrb)...</translation>
    </message>
    <message>
        <source>Save the scene with CT, result and decisions as one file (.mrb).</source>
        <translation>Die Szene mit CT, Ergebnis und Entscheidungen als eine Datei speichern (.mrb).</translation>
    </message>
    <message>
        <source>Table (.csv)...</source>
        <translation>Tabelle (.csv)...</translation>
    </message>
    <message>
        <source>Save the findings with your decisions as a table (.csv).</source>
        <translation>Die Befunde mit Ihren Entscheidungen als Tabelle speichern (.csv).</translation>
    </message>
    <message>
        <source>Segmentation...</source>
        <translation>Segmentierung...</translation>
    </message>
    <message>
        <source>Save the findings as a segmentation (.seg.nrrd).</source>
        <translation>Die Befunde als Segmentierung speichern (.seg.nrrd).</translation>
    </message>
    <message>
        <source>Report (.pdf)...</source>
        <translation>Bericht (.pdf)...</translation>
    </message>
    <message>
        <source>Write a report on the case with pictures of the findings that were decided, as PDF or HTML. It names whom you name below, and nobody else.</source>
        <translation>Einen Bericht über den Fall schreiben, mit Bildern der beurteilten Befunde, als PDF oder HTML. Er nennt, wen Sie unten nennen, und sonst niemanden.</translation>
    </message>
    <message>
        <source>Open result...</source>
        <translation>Ergebnis öffnen...</translation>
    </message>
    <message>
        <source>Open a result folder made elsewhere over the selected CT.</source>
        <translation>Einen anderswo entstandenen Ergebnisordner über dem gewählten CT öffnen.</translation>
    </message>
    <message>
        <source>DICOM database</source>
        <translation>DICOM-Datenbank</translation>
    </message>
    <message>
        <source>Save findings, decisions and what you added as DICOM objects (segmentation, reports) on the scan&apos;s own images, into Slicer&apos;s DICOM database.</source>
        <translation>Befunde, Entscheidungen und was Sie hinzugefügt haben als DICOM-Objekte (Segmentierung, Berichte) auf den eigenen Bildern der Aufnahme in der DICOM-Datenbank von Slicer speichern.</translation>
    </message>
    <message>
        <source>Send to archive...</source>
        <translation>An Archiv senden...</translation>
    </message>
    <message>
        <source>Send findings, decisions and what you added as DICOM objects to an image archive (PACS). You are asked before anything leaves this computer.</source>
        <translation>Befunde, Entscheidungen und was Sie hinzugefügt haben als DICOM-Objekte an ein Bildarchiv (PACS) senden. Sie werden gefragt, bevor etwas diesen Computer verlässt.</translation>
    </message>
    <message>
        <source>Who reads: stands on reports and DICOM objects, and with decisions in the review database. Empty: GANANOMALY_READER, else the name of your account, and no name on reports.</source>
        <translation>Wer befundet: steht auf Berichten und DICOM-Objekten und bei Entscheidungen in der Befundungsdatenbank. Leer: GANANOMALY_READER, sonst der Name Ihres Kontos, und kein Name auf Berichten.</translation>
    </message>
    <message>
        <source>Whom the report is about. It stands on the report and is kept nowhere else; empty names nobody.</source>
        <translation>Wen der Bericht betrifft. Es steht auf dem Bericht und wird sonst nirgends aufbewahrt; leer nennt niemanden.</translation>
    </message>
    <message>
        <source>Keep decisions in the review database</source>
        <translation>Entscheidungen in der Befundungsdatenbank festhalten</translation>
    </message>
    <message>
        <source>Each decision goes into the review database at once, with your name and the time, and stays there when it is changed later. It is on this computer, or where GANANOMALY_REVIEW says.</source>
        <translation>Jede Entscheidung kommt sofort in die Befundungsdatenbank, mit Ihrem Namen und der Zeit, und bleibt dort, auch wenn sie später geändert wird. Sie liegt auf diesem Rechner oder da, wo GANANOMALY_REVIEW es sagt.</translation>
    </message>
</context>
<context>
    <name>GANAnomalyPanel.advanced</name>
    <message>
        <source>the model&apos;s</source>
        <translation>wie das Modell</translation>
    </message>
    <message>
        <source>{name} (not installed)</source>
        <translation>{name} (nicht installiert)</translation>
    </message>
</context>
<context>
    <name>GANAnomalyPanel.case_opening</name>
    <message>
        <source>Cancelled.</source>
        <translation>Abgebrochen.</translation>
    </message>
    <message>
        <source>Memory ran out while the case was read: close other volumes and try again.</source>
        <translation>Beim Laden des Falls reichte der Speicher nicht: Schließen Sie andere Volumen und versuchen Sie es noch einmal.</translation>
    </message>
    <message>
        <source>Reading the case ...</source>
        <translation>Der Fall wird geladen ...</translation>
    </message>
    <message>
        <source>Showing the result ...</source>
        <translation>Das Ergebnis wird gezeigt ...</translation>
    </message>
    <message>
        <source>Wait until the analysis has ended, or cancel it.</source>
        <translation>Warten Sie, bis die Analyse beendet ist, oder brechen Sie sie ab.</translation>
    </message>
    <message>
        <source>{name} is shown.</source>
        <translation>{name} wird gezeigt.</translation>
    </message>
    <message>
        <source>{name} is to be analysed: press Analyse.</source>
        <translation>{name} ist zu analysieren: drücken Sie Analysieren.</translation>
    </message>
</context>
<context>
    <name>GANAnomalyPanel.changed</name>
    <message>
        <source>(It has another size than the one that was analysed.)</source>
        <translation>(Es hat eine andere Größe als das analysierte.)</translation>
    </message>
    <message>
        <source>(It lies under a transform that bends it.)</source>
        <translation>(Es liegt unter einer Transformation, die es verbiegt.)</translation>
    </message>
    <message>
        <source>(Its voxels are not those that were analysed.)</source>
        <translation>(Seine Voxel sind nicht die analysierten.)</translation>
    </message>
    <message>
        <source>Show the CT as it is now</source>
        <translation>CT zeigen, wie es jetzt ist</translation>
    </message>
    <message>
        <source>Show the MR as it is now</source>
        <translation>Das MR zeigen, wie es jetzt ist</translation>
    </message>
    <message>
        <source>Show the result as it was</source>
        <translation>Ergebnis zeigen, wie es war</translation>
    </message>
    <message>
        <source>Shown is the CT as it was analysed, tinted blue and in the model&apos;s window: not the CT as it is now.</source>
        <translation>Gezeigt wird das CT, wie es analysiert wurde, blau getönt und im Fenster des Modells: nicht das jetzige CT.</translation>
    </message>
    <message>
        <source>Shown is the MR as it was analysed, tinted blue and in the model&apos;s window: not the MR as it is now.</source>
        <translation>Gezeigt wird das MR, wie es analysiert wurde, bläulich und im Fenster des Modells: nicht das MR, wie es jetzt ist.</translation>
    </message>
    <message>
        <source>The CT has changed since the analysis: analyse it again, or show the result as it was.</source>
        <translation>Das CT hat sich seit der Analyse geändert: Analysieren Sie es erneut, oder zeigen Sie das Ergebnis, wie es war.</translation>
    </message>
    <message>
        <source>The MR has changed since the analysis: analyse it again, or show the result as it was.</source>
        <translation>Das MR hat sich seit der Analyse geändert: noch einmal analysieren, oder das Ergebnis zeigen, wie es war.</translation>
    </message>
</context>
<context>
    <name>GANAnomalyPanel.dicom_database</name>
    <message>
        <source>Slicer&apos;s DICOM database did not take the objects: is its disk full? See the log.</source>
        <translation>Die DICOM-Datenbank von Slicer hat die Objekte nicht angenommen: Ist ihr Datenträger voll? Siehe Protokoll.</translation>
    </message>
    <message>
        <source>Slicer&apos;s DICOM database is not open: open the DICOM module once.</source>
        <translation>Die DICOM-Datenbank von Slicer ist nicht geöffnet: öffnen Sie einmal das DICOM-Modul.</translation>
    </message>
    <message>
        <source>Slicer&apos;s DICOM database was closed meanwhile: open the DICOM module and save again.</source>
        <translation>Die DICOM-Datenbank von Slicer wurde inzwischen geschlossen: öffnen Sie das DICOM-Modul und speichern Sie noch einmal.</translation>
    </message>
    <message>
        <source>The scan does not come from Slicer&apos;s DICOM database: its own images are not known.</source>
        <translation>Die Aufnahme kommt nicht aus der DICOM-Datenbank von Slicer: ihre eigenen Bilder sind nicht bekannt.</translation>
    </message>
    <message>
        <source>This Slicer has no DICOM database: it was built or started without its DICOM module.</source>
        <translation>Dieser Slicer hat keine DICOM-Datenbank: er wurde ohne sein DICOM-Modul gebaut oder gestartet.</translation>
    </message>
    <message>
        <source>{missing} of the {count} images of the scan are not in Slicer&apos;s DICOM database any more: import them and load the scan again.</source>
        <translation>{missing} der {count} Bilder der Aufnahme sind nicht mehr in der DICOM-Datenbank von Slicer: importieren Sie sie, und laden Sie die Aufnahme noch einmal.</translation>
    </message>
</context>
<context>
    <name>GANAnomalyPanel.dicom_out</name>
    <message>
        <source>Cancelled: nothing was saved or sent.</source>
        <translation>Abgebrochen: es wurde nichts gespeichert oder gesendet.</translation>
    </message>
    <message>
        <source>Cancelled: some of the objects may have been sent.</source>
        <translation>Abgebrochen: einige der Objekte können gesendet worden sein.</translation>
    </message>
    <message>
        <source>Nothing more was sent: see the log.</source>
        <translation>Es wurde nichts weiter gesendet: siehe das Protokoll.</translation>
    </message>
    <message>
        <source>Segmentation and reports of this result, with your decisions and your name, leave this computer. They carry the patient&apos;s name and number as the images do.

Address of the archive, https://... or dicom://TITLE@HOST:PORT (credentials come from the environment or the system&apos;s keyring):</source>
        <translation>Segmentierung und Berichte dieses Ergebnisses, mit Ihren Entscheidungen und Ihrem Namen, verlassen diesen Computer. Sie tragen Namen und Nummer des Patienten wie die Bilder.

Adresse des Archivs, https://... oder dicom://TITEL@RECHNER:PORT (Zugangsdaten kommen aus der Umgebung oder dem Schlüsselbund des Systems):</translation>
    </message>
    <message>
        <source>Send to an archive</source>
        <translation>An ein Archiv senden</translation>
    </message>
    <message>
        <source>Sending to {archive} ...</source>
        <translation>Es wird an {archive} gesendet ...</translation>
    </message>
    <message>
        <source>Something else is at work: wait until it has ended.</source>
        <translation>Etwas anderes ist in Arbeit: warten Sie, bis es zu Ende ist.</translation>
    </message>
    <message>
        <source>{archive} has all {count} objects.</source>
        <translation>{archive} hat alle {count} Objekte.</translation>
    </message>
    <message>
        <source>{archive} refused {count} of {all} objects: {why}.</source>
        <translation>{archive} hat {count} von {all} Objekten abgelehnt: {why}.</translation>
    </message>
    <message>
        <source>{count} DICOM objects are in Slicer&apos;s DICOM database.</source>
        <translation>{count} DICOM-Objekte sind in der DICOM-Datenbank von Slicer.</translation>
    </message>
</context>
<context>
    <name>GANAnomalyPanel.display</name>
    <message>
        <source>(another share)</source>
        <translation>(anderer Anteil)</translation>
    </message>
    <message>
        <source>Axial only</source>
        <translation>Nur axial</translation>
    </message>
    <message>
        <source>CT | reconstruction | heatmap</source>
        <translation>CT | Rekonstruktion | Wärmekarte</translation>
    </message>
    <message>
        <source>Four views</source>
        <translation>Vier Ansichten</translation>
    </message>
    <message>
        <source>the same with the difference</source>
        <translation>dasselbe mit der Differenz</translation>
    </message>
    <message>
        <source>{percent} %</source>
        <translation>{percent} %</translation>
    </message>
</context>
<context>
    <name>GANAnomalyPanel.engine_sentences</name>
    <message>
        <source>(a few seconds left)</source>
        <translation>(noch wenige Sekunden)</translation>
    </message>
    <message>
        <source>(about {count} min left)</source>
        <translation>(noch etwa {count} min)</translation>
    </message>
    <message>
        <source>(about {count} s left)</source>
        <translation>(noch etwa {count} s)</translation>
    </message>
    <message>
        <source>Cancelled: finished slices are kept for the next try.</source>
        <translation>Abgebrochen: Fertige Schichten bleiben für den nächsten Versuch erhalten.</translation>
    </message>
    <message>
        <source>The analysis stopped for an unknown reason; see the log.</source>
        <translation>Die Analyse endete aus unbekanntem Grund; siehe das Protokoll.</translation>
    </message>
</context>
<context>
    <name>GANAnomalyPanel.finding_list</name>
    <message>
        <source>#</source>
        <translation>#</translation>
    </message>
    <message>
        <source>Click to show or to fold these places.</source>
        <translation>Klicken, um diese Stellen zu zeigen oder einzuklappen.</translation>
    </message>
    <message>
        <source>Comment</source>
        <translation>Kommentar</translation>
    </message>
    <message>
        <source>Decision</source>
        <translation>Entscheidung</translation>
    </message>
    <message>
        <source>Label</source>
        <translation>Bezeichnung</translation>
    </message>
    <message>
        <source>Score</source>
        <translation>Wert</translation>
    </message>
    <message>
        <source>Second opinion</source>
        <translation>Zweite Meinung</translation>
    </message>
    <message>
        <source>Size (mm)</source>
        <translation>Größe (mm)</translation>
    </message>
    <message>
        <source>Slice</source>
        <translation>Schicht</translation>
    </message>
    <message>
        <source>Why</source>
        <translation>Warum</translation>
    </message>
</context>
<context>
    <name>GANAnomalyPanel.findings</name>
    <message>
        <source>accepted</source>
        <translation>angenommen</translation>
    </message>
    <message>
        <source>added</source>
        <translation>hinzugefügt</translation>
    </message>
    <message>
        <source>rejected</source>
        <translation>abgelehnt</translation>
    </message>
    <message>
        <source>unsure</source>
        <translation>unsicher</translation>
    </message>
    <message>
        <source>{count} added by you.</source>
        <translation>{count} von Ihnen hinzugefügt.</translation>
    </message>
    <message>
        <source>{count} places within the usual</source>
        <translation>{count} Stellen im Üblichen</translation>
    </message>
    <message>
        <source>{done} decided.</source>
        <translation>{done} entschieden.</translation>
    </message>
</context>
<context>
    <name>GANAnomalyPanel.install</name>
    <message>
        <source>An analysis needs Python packages that are not installed yet: {names} ({size}).

Download and install them into this Slicer now? This is done once; nothing about you or your images is sent.</source>
        <translation>Für eine Analyse fehlen noch Python-Pakete: {names} ({size}).

Jetzt herunterladen und in diesem Slicer installieren? Das geschieht einmal; über Sie oder Ihre Bilder wird nichts gesendet.</translation>
    </message>
    <message>
        <source>DICOM objects need Python packages that are not installed yet: {names} ({size}).

Download and install them into this Slicer now? This is done once; nothing about you or your images is sent.</source>
        <translation>DICOM-Objekte brauchen Python-Pakete, die noch nicht installiert sind: {names} ({size}).

Jetzt herunterladen und in diesem Slicer installieren? Das geschieht einmal; über Sie oder Ihre Bilder wird nichts gesendet.</translation>
    </message>
    <message>
        <source>GANAnomaly: DICOM</source>
        <translation>GANAnomaly: DICOM</translation>
    </message>
    <message>
        <source>GANAnomaly: first report</source>
        <translation>GANAnomaly: erster Bericht</translation>
    </message>
    <message>
        <source>GANAnomaly: first use</source>
        <translation>GANAnomaly: erste Benutzung</translation>
    </message>
    <message>
        <source>GANAnomaly: review database</source>
        <translation>GANAnomaly: Befundungsdatenbank</translation>
    </message>
    <message>
        <source>In the Extensions Manager install &apos;PyTorch&apos;, restart Slicer, open the module &apos;PyTorch Utils&apos;, install.</source>
        <translation>Installieren Sie im Extensions Manager &apos;PyTorch&apos;, starten Sie Slicer neu, öffnen Sie das Modul &apos;PyTorch Utils&apos; und installieren Sie dort.</translation>
    </message>
    <message>
        <source>In the Python Console (View menu) run: {command}</source>
        <translation>Führen Sie in der Python-Konsole (Menü View) aus: {command}</translation>
    </message>
    <message>
        <source>No report was written: {names} is missing.</source>
        <translation>Es wurde kein Bericht geschrieben: {names} fehlt.</translation>
    </message>
    <message>
        <source>Nothing was installed. An analysis needs: {names}.</source>
        <translation>Es wurde nichts installiert. Eine Analyse braucht: {names}.</translation>
    </message>
    <message>
        <source>Nothing was installed. The review database needs: {names}.</source>
        <translation>Es wurde nichts installiert. Die Befundungsdatenbank braucht: {names}.</translation>
    </message>
    <message>
        <source>Nothing was saved or sent. DICOM objects need: {names}.</source>
        <translation>Nichts wurde gespeichert oder gesendet. DICOM-Objekte brauchen: {names}.</translation>
    </message>
    <message>
        <source>Nothing was saved or sent. Sending needs: {names}.</source>
        <translation>Es wurde nichts gespeichert oder gesendet. Das Senden braucht: {names}.</translation>
    </message>
    <message>
        <source>PyTorch could not be installed: {why}</source>
        <translation>PyTorch konnte nicht installiert werden: {why}</translation>
    </message>
    <message>
        <source>PyTorch is missing, and so is Slicer&apos;s PyTorch extension that installs it.</source>
        <translation>PyTorch fehlt, und auch die Slicer-Erweiterung PyTorch, die es installiert.</translation>
    </message>
    <message>
        <source>PyTorch was not installed.</source>
        <translation>PyTorch wurde nicht installiert.</translation>
    </message>
    <message>
        <source>Sending needs Python packages that are not installed yet: {names} ({size}).

Download and install them into this Slicer now? This is done once; nothing about you or your images is sent by that.</source>
        <translation>Senden braucht Python-Pakete, die noch nicht installiert sind: {names} ({size}).

Jetzt herunterladen und in diesem Slicer installieren? Das geschieht einmal; dabei wird nichts über Sie oder Ihre Bilder gesendet.</translation>
    </message>
    <message>
        <source>The installation ended, but {names} cannot be found: restart Slicer and try again.</source>
        <translation>Die Installation ist zu Ende, aber {names} ist nicht zu finden: Starten Sie Slicer neu, und versuchen Sie es erneut.</translation>
    </message>
    <message>
        <source>The report needs Python packages that are not installed yet: {names} ({size}).

Download and install them into this Slicer now? This is done once; nothing about you or your images is sent.</source>
        <translation>Der Bericht braucht Python-Pakete, die noch nicht installiert sind: {names} ({size}).

Jetzt herunterladen und in diesem Slicer installieren? Das geschieht einmal; über Sie oder Ihre Bilder wird nichts gesendet.</translation>
    </message>
    <message>
        <source>The review database needs Python packages that are not installed yet: {names} ({size}).

Download and install them into this Slicer now? This is done once; nothing about you or your images is sent.</source>
        <translation>Die Befundungsdatenbank braucht Python-Pakete, die noch nicht installiert sind: {names} ({size}).

Jetzt herunterladen und in diesem Slicer installieren? Das geschieht einmal; über Sie oder Ihre Bilder wird nichts gesendet.</translation>
    </message>
    <message>
        <source>some MB</source>
        <translation>einige MB</translation>
    </message>
    <message>
        <source>up to 3 GB</source>
        <translation>bis zu 3 GB</translation>
    </message>
    <message>
        <source>{names} could not be installed: {why}</source>
        <translation>{names} konnte nicht installiert werden: {why}</translation>
    </message>
</context>
<context>
    <name>GANAnomalyPanel.judging</name>
    <message>
        <source>Label of this finding</source>
        <translation>Bezeichnung dieses Befunds</translation>
    </message>
    <message>
        <source>Sure?</source>
        <translation>Sicher?</translation>
    </message>
    <message>
        <source>abnormal</source>
        <translation>auffällig</translation>
    </message>
    <message>
        <source>no verdict yet</source>
        <translation>noch kein Urteil</translation>
    </message>
    <message>
        <source>normal</source>
        <translation>normal</translation>
    </message>
    <message>
        <source>technically inadequate</source>
        <translation>technisch unzureichend</translation>
    </message>
</context>
<context>
    <name>GANAnomalyPanel.keeping</name>
    <message>
        <source>See the log.</source>
        <translation>Siehe Protokoll.</translation>
    </message>
    <message>
        <source>The review database does not take decisions now: they are kept on this computer, and brought in when it does.</source>
        <translation>Die Befundungsdatenbank nimmt gerade keine Entscheidungen an: sie werden auf diesem Rechner aufbewahrt und nachgetragen, sobald sie es tut.</translation>
    </message>
    <message>
        <source>The review database took {count} decisions that had waited.</source>
        <translation>Die Befundungsdatenbank hat {count} wartende Entscheidungen angenommen.</translation>
    </message>
</context>
<context>
    <name>GANAnomalyPanel.marking</name>
    <message>
        <source>Click the place in a view.</source>
        <translation>Klicken Sie die Stelle in einer Ansicht an.</translation>
    </message>
    <message>
        <source>Click two opposite corners in a slice view.</source>
        <translation>Klicken Sie zwei gegenüberliegende Ecken in einer Schichtansicht an.</translation>
    </message>
</context>
<context>
    <name>GANAnomalyPanel.modality_words</name>
    <message>
        <source>Analyse also an image that does not look like an MR. What comes out then means little.</source>
        <translation>Auch ein Bild analysieren, das nicht wie ein MR aussieht. Was dann herauskommt, bedeutet wenig.</translation>
    </message>
    <message>
        <source>Analyse the MR as it is now, with the settings of this panel. The result takes the place of this one.</source>
        <translation>Das MR analysieren, wie es jetzt ist, mit den Einstellungen dieses Fensters. Das Ergebnis tritt an die Stelle von diesem.</translation>
    </message>
    <message>
        <source>Change between the MR as it is now, without the result, and the MR as it was analysed, with the result. The latter is put together from the result: in the model&apos;s window, and only the slices that were analysed.</source>
        <translation>Wechselt zwischen dem MR, wie es jetzt ist, ohne Ergebnis, und dem MR, wie es analysiert wurde, mit Ergebnis. Letzteres wird aus dem Ergebnis zusammengesetzt: im Fenster des Modells, und nur die Schichten, die analysiert wurden.</translation>
    </message>
    <message>
        <source>Distance between MR and explanation: Wasserstein (WD), mean squared error, 1 - structural similarity.</source>
        <translation>Abstand zwischen MR und Erklärung: Wasserstein (WD), mittlerer quadratischer Fehler, 1 - strukturelle Ähnlichkeit.</translation>
    </message>
    <message>
        <source>Heatmap over the MR</source>
        <translation>Heatmap über dem MR</translation>
    </message>
    <message>
        <source>Heatmap, findings and reconstruction are of the MR as it was analysed. They are hidden as long as the MR is another one.</source>
        <translation>Heatmap, Befunde und Rekonstruktion gehören zum MR, wie es analysiert wurde. Sie sind verborgen, solange das MR ein anderes ist.</translation>
    </message>
    <message>
        <source>How strongly the heatmap covers the MR.</source>
        <translation>Wie stark die Heatmap das MR überdeckt.</translation>
    </message>
    <message>
        <source>How the result is shown over the MR.</source>
        <translation>Wie das Ergebnis über dem MR gezeigt wird.</translation>
    </message>
    <message>
        <source>How the result stands to the MR as it is now.</source>
        <translation>Wie das Ergebnis zum MR steht, wie es jetzt ist.</translation>
    </message>
    <message>
        <source>Load the bundled CT of an abdomen, to try the module with a model of CT. No MR comes along.</source>
        <translation>Lädt das mitgelieferte CT eines Abdomens, um das Modul mit einem CT-Modell auszuprobieren. Ein MR ist nicht dabei.</translation>
    </message>
    <message>
        <source>MR volume:</source>
        <translation>MR-Volumen:</translation>
    </message>
    <message>
        <source>MR window:</source>
        <translation>MR-Fenster:</translation>
    </message>
    <message>
        <source>MR | reconstruction | heatmap</source>
        <translation>MR | Rekonstruktion | Heatmap</translation>
    </message>
    <message>
        <source>Open a result folder made elsewhere over the selected MR.</source>
        <translation>Öffnet einen anderswo entstandenen Ergebnisordner über dem gewählten MR.</translation>
    </message>
    <message>
        <source>Save the scene with MR, result and decisions as one file (.mrb).</source>
        <translation>Speichert die Szene mit MR, Ergebnis und Entscheidungen als eine Datei (.mrb).</translation>
    </message>
    <message>
        <source>Select an MR volume</source>
        <translation>Ein MR-Volumen wählen</translation>
    </message>
    <message>
        <source>Show the heatmap over the MR (H).</source>
        <translation>Die Heatmap über dem MR zeigen (H).</translation>
    </message>
    <message>
        <source>The MR to analyse, as loaded from DICOM, NIfTI or NRRD.</source>
        <translation>Das MR, das analysiert wird, wie es aus DICOM, NIfTI oder NRRD geladen wurde.</translation>
    </message>
    <message>
        <source>The window that the MR is shown in, also with the next MR. Keys: 1 automatic, 5 the model&apos;s, 0 back to the one before.</source>
        <translation>Das Fenster, in dem das MR gezeigt wird, auch beim nächsten MR. Tasten: 1 automatisch, 5 das des Modells, 0 zurück zum vorherigen.</translation>
    </message>
    <message>
        <source>Why this model may not suit this MR.</source>
        <translation>Warum dieses Modell zu diesem MR vielleicht nicht passt.</translation>
    </message>
    <message>
        <source>Window level (its centre) in the image&apos;s own values, which have no unit.</source>
        <translation>Fensterlage (Mitte) in den Werten des Bildes, die keine Einheit haben.</translation>
    </message>
    <message>
        <source>Window width in the image&apos;s own values, which have no unit.</source>
        <translation>Fensterbreite in den Werten des Bildes, die keine Einheit haben.</translation>
    </message>
    <message>
        <source>Window, level:</source>
        <translation>Fensterbreite, Fensterlage:</translation>
    </message>
</context>
<context>
    <name>GANAnomalyPanel.model_menu</name>
    <message>
        <source>A model without a card.</source>
        <translation>Ein Modell ohne Karte.</translation>
    </message>
    <message>
        <source>Add a model</source>
        <translation>Modell hinzufügen</translation>
    </message>
    <message>
        <source>Choose a model, or add one.</source>
        <translation>Wählen Sie ein Modell, oder fügen Sie eines hinzu.</translation>
    </message>
    <message>
        <source>Delete the model {name} ({size}) from this computer? This cannot be undone.</source>
        <translation>Das Modell {name} ({size}) von diesem Computer löschen? Das lässt sich nicht rückgängig machen.</translation>
    </message>
    <message>
        <source>On disk: {size}</source>
        <translation>Auf dem Datenträger: {size}</translation>
    </message>
    <message>
        <source>Pictures in colours are not analysed here, but by the command gananomaly analyze.</source>
        <translation>Farbbilder werden nicht hier, sondern mit dem Befehl gananomaly analyze analysiert.</translation>
    </message>
    <message>
        <source>Remove a model</source>
        <translation>Modell entfernen</translation>
    </message>
    <message>
        <source>The model of normal anatomy. Choose one of the anatomy you read.</source>
        <translation>Das Modell normaler Anatomie. Wählen Sie eines der Körperregion, die Sie befunden.</translation>
    </message>
    <message>
        <source>{name} (not installed)</source>
        <translation>{name} (nicht installiert)</translation>
    </message>
    <message>
        <source>{title} (cannot be used)</source>
        <translation>{title} (nicht benutzbar)</translation>
    </message>
</context>
<context>
    <name>GANAnomalyPanel.panel</name>
    <message>
        <source>Explain every slice with the model and list where it cannot.</source>
        <translation>Jede Schicht mit dem Modell erklären und auflisten, wo es das nicht kann.</translation>
    </message>
    <message>
        <source>Installing what an analysis needs ...</source>
        <translation>Was eine Analyse braucht, wird installiert ...</translation>
    </message>
    <message>
        <source>Load a CT or an MR, or choose one in the list above.</source>
        <translation>Ein CT oder ein MR laden, oder oben in der Liste eines wählen.</translation>
    </message>
    <message>
        <source>Starting ...</source>
        <translation>Beginn ...</translation>
    </message>
    <message>
        <source>Stopping ...</source>
        <translation>Wird abgebrochen ...</translation>
    </message>
    <message>
        <source>The model {name} was added.</source>
        <translation>Das Modell {name} wurde hinzugefügt.</translation>
    </message>
    <message>
        <source>The model {name} was removed.</source>
        <translation>Das Modell {name} wurde entfernt.</translation>
    </message>
</context>
<context>
    <name>GANAnomalyPanel.parameters</name>
    <message>
        <source>1 - structural similarity</source>
        <translation>1 - strukturelle Ähnlichkeit</translation>
    </message>
    <message>
        <source>1 of {count} normal slices</source>
        <translation>1 von {count} normalen Schichten</translation>
    </message>
    <message>
        <source>Apple graphics</source>
        <translation>Apple-Grafik</translation>
    </message>
    <message>
        <source>NVIDIA graphics card</source>
        <translation>NVIDIA-Grafikkarte</translation>
    </message>
    <message>
        <source>Wasserstein distance</source>
        <translation>Wasserstein-Abstand</translation>
    </message>
    <message>
        <source>as published (slow)</source>
        <translation>wie veröffentlicht (langsam)</translation>
    </message>
    <message>
        <source>automatic</source>
        <translation>automatisch</translation>
    </message>
    <message>
        <source>fast</source>
        <translation>schnell</translation>
    </message>
    <message>
        <source>mean squared error</source>
        <translation>mittlerer quadratischer Fehler</translation>
    </message>
    <message>
        <source>processor</source>
        <translation>Prozessor</translation>
    </message>
    <message>
        <source>the body</source>
        <translation>der Körper</translation>
    </message>
    <message>
        <source>the full slice</source>
        <translation>die ganze Schicht</translation>
    </message>
    <message>
        <source>the model&apos;s</source>
        <translation>wie das Modell</translation>
    </message>
</context>
<context>
    <name>GANAnomalyPanel.reader_study</name>
    <message>
        <source>A case of a study is open: close it first.</source>
        <translation>Ein Fall einer Studie ist offen: Schließen Sie ihn zuerst ab.</translation>
    </message>
    <message>
        <source>Case {case}, {place} of {count} in session {session}; read {how}.</source>
        <translation>Fall {case}, {place} von {count} in Sitzung {session}; gelesen {how}.</translation>
    </message>
    <message>
        <source>Cases of a study are read in an empty scene. Close what is open? What was not saved is lost.</source>
        <translation>Fälle einer Studie werden in einer leeren Szene befundet. Schließen, was offen ist? Was nicht gespeichert wurde, geht verloren.</translation>
    </message>
    <message>
        <source>Closing the case ...</source>
        <translation>Der Fall wird abgeschlossen ...</translation>
    </message>
    <message>
        <source>Go on</source>
        <translation>Fortsetzen</translation>
    </message>
    <message>
        <source>It goes on where it stopped.</source>
        <translation>Es geht weiter, wo es aufgehört hat.</translation>
    </message>
    <message>
        <source>Opening the next case ...</source>
        <translation>Der nächste Fall wird geöffnet ...</translation>
    </message>
    <message>
        <source>Pause</source>
        <translation>Pause</translation>
    </message>
    <message>
        <source>Rate each of your marks, or take it away.</source>
        <translation>Bewerten Sie jede Ihrer Markierungen, oder nehmen Sie sie weg.</translation>
    </message>
    <message>
        <source>Rate the case first; only one that is technically inadequate may go without.</source>
        <translation>Bewerten Sie zuerst den Fall; nur ein technisch unzureichender darf ohne Bewertung bleiben.</translation>
    </message>
    <message>
        <source>Reader study</source>
        <translation>Befunderstudie</translation>
    </message>
    <message>
        <source>The case is closed after {count} s.</source>
        <translation>Der Fall ist nach {count} s abgeschlossen.</translation>
    </message>
    <message>
        <source>with the heatmap</source>
        <translation>mit der Wärmekarte</translation>
    </message>
    <message>
        <source>without the heatmap</source>
        <translation>ohne die Wärmekarte</translation>
    </message>
</context>
<context>
    <name>GANAnomalyPanel.request_fields</name>
    <message>
        <source>&apos;{field}&apos; under {section}</source>
        <translation>&apos;{field}&apos; unter {section}</translation>
    </message>
    <message>
        <source>the setting &apos;{name}&apos;</source>
        <translation>die Einstellung &apos;{name}&apos;</translation>
    </message>
</context>
<context>
    <name>GANAnomalyPanel.samples</name>
    <message>
        <source>CT of an abdomen</source>
        <translation>CT eines Bauches</translation>
    </message>
    <message>
        <source>The same with simulated anomalies</source>
        <translation>Dasselbe mit simulierten Auffälligkeiten</translation>
    </message>
    <message>
        <source>The sample data could not be loaded.</source>
        <translation>Die Beispieldaten konnten nicht geladen werden.</translation>
    </message>
</context>
<context>
    <name>GANAnomalyPanel.saving</name>
    <message>
        <source>Open a result folder</source>
        <translation>Ergebnisordner öffnen</translation>
    </message>
    <message>
        <source>Save the findings</source>
        <translation>Befunde speichern</translation>
    </message>
    <message>
        <source>Save the report</source>
        <translation>Bericht speichern</translation>
    </message>
    <message>
        <source>Save the result into a new folder inside</source>
        <translation>Ergebnis in einen neuen Ordner speichern, innerhalb von</translation>
    </message>
    <message>
        <source>Save the scene</source>
        <translation>Szene speichern</translation>
    </message>
    <message>
        <source>Save the segmentation</source>
        <translation>Segmentierung speichern</translation>
    </message>
    <message>
        <source>Scene</source>
        <translation>Szene</translation>
    </message>
    <message>
        <source>Segmentation</source>
        <translation>Segmentierung</translation>
    </message>
    <message>
        <source>Table</source>
        <translation>Tabelle</translation>
    </message>
    <message>
        <source>The findings are saved in {path}</source>
        <translation>Die Befunde sind gespeichert in {path}</translation>
    </message>
    <message>
        <source>The report is saved in {path}</source>
        <translation>Der Bericht ist gespeichert in {path}</translation>
    </message>
    <message>
        <source>The result is saved in {path}</source>
        <translation>Das Ergebnis ist gespeichert in {path}</translation>
    </message>
    <message>
        <source>The result&apos;s own files are gone (it came with a saved scene): save the scene or the table.</source>
        <translation>Die eigenen Dateien des Ergebnisses sind fort (es kam mit einer gespeicherten Szene): Speichern Sie die Szene oder die Tabelle.</translation>
    </message>
    <message>
        <source>The scene could not be saved to {path}: choose another folder.</source>
        <translation>Die Szene konnte nicht nach {path} gespeichert werden: Wählen Sie einen anderen Ordner.</translation>
    </message>
    <message>
        <source>The scene is saved in {path}</source>
        <translation>Die Szene ist gespeichert in {path}</translation>
    </message>
    <message>
        <source>The segmentation is saved in {path}</source>
        <translation>Die Segmentierung ist gespeichert in {path}</translation>
    </message>
</context>
<context>
    <name>GANAnomalyPanel.score_plot</name>
    <message>
        <source>slice {number}: not analysed</source>
        <translation>Schicht {number}: nicht analysiert</translation>
    </message>
    <message>
        <source>slice {number}: {score} {unit}</source>
        <translation>Schicht {number}: {score} {unit}</translation>
    </message>
    <message>
        <source>slice, feet to head</source>
        <translation>Schicht, Füße bis Kopf</translation>
    </message>
    <message>
        <source>slice, feet to head ({unit})</source>
        <translation>Schicht, Füße bis Kopf ({unit})</translation>
    </message>
</context>
<context>
    <name>GANAnomalyPanel.second_opinion</name>
    <message>
        <source>Cancelled: the findings are as they were.</source>
        <translation>Abgebrochen: Die Befunde sind, wie sie waren.</translation>
    </message>
    <message>
        <source>Choose a classifier of findings</source>
        <translation>Klassifikator für Befunde wählen</translation>
    </message>
    <message>
        <source>Choose a file ...</source>
        <translation>Datei wählen ...</translation>
    </message>
    <message>
        <source>How probably a reader would accept the finding, by the classifier {model}, which learnt from {accepted} accepted and {rejected} rejected findings of {patients} patients.</source>
        <translation>Wie wahrscheinlich ein Befunder den Befund annähme, nach dem Klassifikator {model}, der aus {accepted} angenommenen und {rejected} abgelehnten Befunden von {patients} Patienten gelernt hat.</translation>
    </message>
    <message>
        <source>It repeats those readers&apos; habits, is not calibrated, hides nothing and decides nothing. Look first, then compare. Research use only.</source>
        <translation>Er wiederholt die Gewohnheiten jener Befunder, ist nicht kalibriert, verbirgt nichts und entscheidet nichts. Erst selbst ansehen, dann vergleichen. Nur für Forschung.</translation>
    </message>
    <message>
        <source>No classifier of findings is installed</source>
        <translation>Kein Klassifikator für Befunde ist installiert</translation>
    </message>
    <message>
        <source>The result that was asked about is not shown any more; the opinions lie in its folder.</source>
        <translation>Das Ergebnis, nach dem gefragt wurde, wird nicht mehr gezeigt; die Meinungen liegen in seinem Ordner.</translation>
    </message>
    <message>
        <source>The result&apos;s own files are gone (it came with a saved scene): open its folder and ask again.</source>
        <translation>Die Dateien des Ergebnisses sind nicht mehr da (es kam mit einer gespeicherten Szene): Öffnen Sie seinen Ordner, und fragen Sie erneut.</translation>
    </message>
    <message>
        <source>The second opinion of {model} is in the list.</source>
        <translation>Die zweite Meinung von {model} steht in der Liste.</translation>
    </message>
</context>
<context>
    <name>GANAnomalyPanel.setting_fields</name>
    <message>
        <source>no</source>
        <translation>nein</translation>
    </message>
    <message>
        <source>the model&apos;s</source>
        <translation>wie das Modell</translation>
    </message>
    <message>
        <source>the model&apos;s ({value})</source>
        <translation>das des Modells ({value})</translation>
    </message>
    <message>
        <source>yes</source>
        <translation>ja</translation>
    </message>
</context>
<context>
    <name>GANAnomalyPanel.showing</name>
    <message>
        <source>Cancelled: the result is kept; the next try shows it.</source>
        <translation>Abgebrochen: Das Ergebnis bleibt erhalten; der nächste Versuch zeigt es.</translation>
    </message>
    <message>
        <source>Done.</source>
        <translation>Fertig.</translation>
    </message>
    <message>
        <source>Memory ran out while the result was read: close other volumes and try again.</source>
        <translation>Beim Lesen des Ergebnisses reichte der Speicher nicht: Schließen Sie andere Volumen und versuchen Sie es noch einmal.</translation>
    </message>
    <message>
        <source>Reading the result ...</source>
        <translation>Das Ergebnis wird gelesen ...</translation>
    </message>
    <message>
        <source>Showing the result ...</source>
        <translation>Das Ergebnis wird gezeigt ...</translation>
    </message>
    <message>
        <source>The result in {folder} is shown.</source>
        <translation>Das Ergebnis in {folder} wird gezeigt.</translation>
    </message>
</context>
<context>
    <name>GANAnomalyPanel.study_marks</name>
    <message>
        <source>Place (R, A, S in mm)</source>
        <translation>Ort (R, A, S in mm)</translation>
    </message>
    <message>
        <source>Rating</source>
        <translation>Bewertung</translation>
    </message>
    <message>
        <source>Rating?</source>
        <translation>Bewertung?</translation>
    </message>
</context>
<context>
    <name>GANAnomalyPanel.three_d</name>
    <message>
        <source>Boxes</source>
        <translation>Kästen</translation>
    </message>
    <message>
        <source>Heat and boxes</source>
        <translation>Heatmap und Kästen</translation>
    </message>
    <message>
        <source>Nothing</source>
        <translation>Nichts</translation>
    </message>
</context>
<context>
    <name>GANAnomalyPanel.who_reads</name>
    <message>
        <source>Patient, on the report only</source>
        <translation>Patient, nur auf dem Bericht</translation>
    </message>
    <message>
        <source>Reader</source>
        <translation>Befunder</translation>
    </message>
    <message>
        <source>Reader: {name}</source>
        <translation>Befunder: {name}</translation>
    </message>
</context>
<context>
    <name>GANAnomalyPanel.window_menu</name>
    <message>
        <source>Automatic</source>
        <translation>Automatisch</translation>
    </message>
    <message>
        <source>Bone</source>
        <translation>Knochen</translation>
    </message>
    <message>
        <source>Brain</source>
        <translation>Gehirn</translation>
    </message>
    <message>
        <source>Its own, as before</source>
        <translation>Das eigene, wie zuvor</translation>
    </message>
    <message>
        <source>Lung</source>
        <translation>Lunge</translation>
    </message>
    <message>
        <source>Soft tissue</source>
        <translation>Weichteile</translation>
    </message>
    <message>
        <source>The model&apos;s</source>
        <translation>Das des Modells</translation>
    </message>
</context>
<context>
    <name>GANAnomalyPanel.worklist</name>
    <message>
        <source>All cases</source>
        <translation>Alle Fälle</translation>
    </message>
    <message>
        <source>By name</source>
        <translation>Nach Namen</translation>
    </message>
    <message>
        <source>Case</source>
        <translation>Fall</translation>
    </message>
    <message>
        <source>First come first</source>
        <translation>Nach Eingang</translation>
    </message>
    <message>
        <source>Highest score first</source>
        <translation>Höchster Wert zuerst</translation>
    </message>
    <message>
        <source>No case is in the review database yet.</source>
        <translation>In der Befundungsdatenbank ist noch kein Fall.</translation>
    </message>
    <message>
        <source>No case is on the list: open it in the section Worklist.</source>
        <translation>Auf der Liste ist kein Fall: öffnen Sie sie im Abschnitt Arbeitsliste.</translation>
    </message>
    <message>
        <source>Read</source>
        <translation>Befundet</translation>
    </message>
    <message>
        <source>Read in a study, which hides its score.</source>
        <translation>Wird in einer Studie befundet, die den Wert verbirgt.</translation>
    </message>
    <message>
        <source>Score</source>
        <translation>Wert</translation>
    </message>
    <message>
        <source>Since</source>
        <translation>Seit</translation>
    </message>
    <message>
        <source>State</source>
        <translation>Stand</translation>
    </message>
    <message>
        <source>The first {count} of {total}.</source>
        <translation>Die ersten {count} von {total}.</translation>
    </message>
    <message>
        <source>This is the first of the list.</source>
        <translation>Dies ist der erste Fall der Liste.</translation>
    </message>
    <message>
        <source>This is the last case of the list.</source>
        <translation>Dies ist der letzte Fall der Liste.</translation>
    </message>
    <message>
        <source>To adjudicate</source>
        <translation>Zu klären</translation>
    </message>
    <message>
        <source>To analyse</source>
        <translation>Zu analysieren</translation>
    </message>
    <message>
        <source>To read</source>
        <translation>Zu befunden</translation>
    </message>
    <message>
        <source>read</source>
        <translation>befundet</translation>
    </message>
    <message>
        <source>to adjudicate</source>
        <translation>zu klären</translation>
    </message>
    <message>
        <source>to analyse</source>
        <translation>zu analysieren</translation>
    </message>
    <message>
        <source>to read</source>
        <translation>zu befunden</translation>
    </message>
    <message>
        <source>{name} (study {study})</source>
        <translation>{name} (Studie {study})</translation>
    </message>
</context>
</TS>
