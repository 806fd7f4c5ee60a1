"""Time of decoding and preprocessing an image, by format, beside the Python libraries.

    cargo build --release
    python benches/decode_peers.py [--binary PATH] [--repeat 5] [--only DICOM]

Both sides run on one thread, by turns, on the same files, and processor time counts (user and
system), which other programs on the machine disturb less than the clock. The time of an image in
equipoise is what a longer run of `predict` takes more than a shorter one, divided by the images
that it has more: start, model loading and the samples that `predict` looks at beforehand cancel
out, while reading and hashing the file, the (tiny) model and storing the score stay in. Python is
timed in this process without start and imports: reading, decoding and the same preprocessing, no
model. The medians of the ratios of the turns count; above 1 equipoise is faster. The first ratio is
to Python without a hash, the second to Python that hashes the file too (hashlib's SHA-256), which
makes equal output of both sides: every score is filed with the hash of its image.

Needs numpy, Pillow, opencv-python-headless, pydicom, pylibjpeg (with -libjpeg, -openjpeg, -rle)
and nibabel; a peer that is not installed is left out. DICOM files are those of
../shared/data/formats and are skipped without them; the others are made here."""
import argparse
import hashlib
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

import numpy as np

HERE = pathlib.Path(__file__).resolve().parent.parent
DICOM = HERE.parent / "shared/data/formats/dicom"

parser = argparse.ArgumentParser()
parser.add_argument("--binary", type=pathlib.Path, default=HERE / "target/release/equipoise")
parser.add_argument("--repeat", type=int, default=5)
parser.add_argument("--seconds", type=float, default=0.6, help="a longer run takes about so much more than a shorter one")
parser.add_argument("--only", help="formats whose name holds this")
options = parser.parse_args()
if not options.binary.exists():
    sys.exit(f"{options.binary} is missing: cargo build --release, or --binary PATH")

AUDIT = """\
audit: peers
model: {{file: {model}, engine: embedded, inputs: {{image: {{layout: {layout}}}}}}}
cohort: {{manifest: manifest.csv, root: {root}, columns: {{image: file, sample: id, patient: none}}}}
input: {{kind: {kind}, channels: {channels}}}
preprocess: [{steps}]
output: {{head: binary, activation: none, score_kind: logit{pool}}}
endpoints:
  e: {{truth: {{column: truth, positive: [1], negative: [0]}}, threshold: {{fixed: 0}}}}
"""
CENTER, WIDTH, SIDE = 40.0, 400.0, 32
# Images of the shorter run; `predict` looks at fewer beforehand.
SHORT = 16


# ------------------------------------------------------------------ peers
def pillow(path):
    from PIL import Image
    image = Image.open(path)
    image = image if image.mode == "L" else image.convert("RGB")
    values = np.asarray(image.resize((SIDE, SIDE), Image.Resampling.BILINEAR), np.float32) / 255
    return np.ascontiguousarray(values.reshape(SIDE, SIDE, -1).transpose(2, 0, 1))


def opencv(path):
    import cv2
    image = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
    if image.ndim == 3:
        image = cv2.cvtColor(image, cv2.COLOR_BGR2RGB)
    values = cv2.resize(image, (SIDE, SIDE), interpolation=cv2.INTER_LINEAR).astype(np.float32) / 255
    return np.ascontiguousarray(values.reshape(SIDE, SIDE, -1).transpose(2, 0, 1))


def pydicom_(path):
    import pydicom
    data = pydicom.dcmread(path)
    values = data.pixel_array.astype(np.float32) * float(data.get("RescaleSlope", 1)) + float(data.get("RescaleIntercept", 0))
    values = np.clip((values - (CENTER - WIDTH / 2)) / WIDTH, 0, 1)
    top, left = (values.shape[0] - SIDE) // 2, (values.shape[1] - SIDE) // 2
    return np.ascontiguousarray(values[None, top:top + SIDE, left:left + SIDE])


def nibabel_(path):
    import nibabel
    volume = nibabel.load(path).get_fdata(dtype=np.float32, caching="unchanged")
    start = [(n - s) // 2 for n, s in zip(volume.shape, (10, 8, 6))]
    part = volume[start[0]:start[0] + 10, start[1]:start[1] + 8, start[2]:start[2] + 6]
    return np.ascontiguousarray(part.transpose(2, 1, 0)[..., None])


# ------------------------------------------------------------------ files
def made(folder):
    """A smooth image with some grain, and a volume of the same kind."""
    from PIL import Image
    rng = np.random.default_rng(11)
    coarse = Image.fromarray(rng.integers(20, 235, (24, 32, 3), np.uint8)).resize((1024, 768), Image.Resampling.BICUBIC)
    rgb = np.clip(np.asarray(coarse, np.int16) + rng.normal(0, 4, (768, 1024, 3)).astype(np.int16), 0, 255).astype(np.uint8)
    gray = rgb[..., 1]
    for name, values in (("gray", gray), ("rgb", rgb)):
        image = Image.fromarray(values)
        image.save(folder / f"{name}.png")
        image.save(folder / f"{name}.jpg", quality=90)
        image.save(folder / f"{name}.tif")
        image.save(folder / f"{name}_lzw.tif", compression="tiff_lzw")
        image.save(folder / f"{name}_deflate.tif", compression="tiff_adobe_deflate")
    try:
        import nibabel
    except ImportError:
        return
    k = np.arange(64)[None, None, :]
    volume = (gray[:160, :160].T[..., None].astype(np.int16) * 4 + k * 3 + rng.integers(0, 8, (160, 160, 64))).astype(np.int16)
    for name in ("volume.nii", "volume.nii.gz"):
        nibabel.save(nibabel.Nifti1Image(volume, np.diag([1.0, 1.0, 2.5, 1.0])), folder / name)


def cases(folder):
    """Name, file, kind, channels, steps by peer, peers, remark."""
    scale = "scale: 1/255"
    pil = f"resize: {{width: {SIDE}, height: {SIDE}, engine: pillow, filter: bilinear}}, {scale}"
    cv = f"resize: {{width: {SIDE}, height: {SIDE}, engine: opencv, filter: bilinear}}, {scale}"
    for form, name in (("PNG", "{}.png"), ("JPEG", "{}.jpg"), ("TIFF, raw", "{}.tif"), ("TIFF, LZW", "{}_lzw.tif"), ("TIFF, deflate", "{}_deflate.tif")):
        for channels in ("gray", "rgb"):
            file = folder / name.format(channels)
            yield f"{form} {channels} 1024x768", file, "raster", channels, [("Pillow", pil, pillow), ("OpenCV", cv, opencv)]
    steps = f"rescale, window: {{center: {CENTER:g}, width: {WIDTH:g}}}, crop: {{center: {{width: {SIDE}, height: {SIDE}}}}}"
    for name, file in (("uncompressed CT 512", "wg04/CT2_UNC"), ("uncompressed NM 1024x256", "wg04/NM1_UNC"), ("RLE NM 1024x256", "wg04/NM1_RLE"),
                       ("JPEG baseline CT 512", "cornerstone/CTImage.dcm_JPEGProcess1TransferSyntax_1.2.840.10008.1.2.4.50.dcm"),
                       ("JPEG lossless CT 512", "wg04/CT2_JPLL"), ("JPEG-LS CT 512", "wg04/CT2_JLSL"), ("JPEG-LS near CT 512", "wg04/CT2_JLSN"),
                       ("JPEG 2000 lossless CT 512", "wg04/CT2_J2KR"), ("JPEG 2000 lossy CT 512", "wg04/CT2_J2KI")):
        if (DICOM / file).exists():
            yield f"DICOM {name}", DICOM / file, "dicom", "gray", [("pydicom", steps, pydicom_)]
    crop = "crop: {center: {width: 10, height: 8, depth: 6}}"
    for file in ("volume.nii", "volume.nii.gz"):
        if (folder / file).exists():
            yield f"NIfTI {file.removeprefix('volume')} 160x160x64", folder / file, "volume", "gray", [("nibabel", crop, nibabel_)]


# ------------------------------------------------------------------ timing
def predict(folder, case, steps, count):
    _, file, kind, channels, _ = case
    model = {"volume": "volumes/planes", "rgb": "dicom/colour"}.get("volume" if kind == "volume" else channels, "dicom/gray")
    text = AUDIT.format(model=HERE / f"fixtures/{model}.onnx", layout="NDHWC" if kind == "volume" else "NCHW", root=file.parent, kind=kind,
                        channels=channels, steps=", ".join(f"{{{one}}}" if ":" in one else one for one in split(steps)), pool=", pool: max" if kind == "volume" else "")
    (folder / "audit.yaml").write_text(text)
    (folder / "manifest.csv").write_text("id,file,truth\n" + "".join(f"s{i},{file.name},{i % 2}\n" for i in range(count)))
    command = [options.binary, "predict", folder / "audit.yaml", "--out", folder / f"out{time.monotonic_ns()}", "--threads", "1", "--quiet"]
    log = folder / "log"
    with open(log, "w") as said:
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=said)
        _, status, usage = os.wait4(process.pid, 0)
    if status:
        sys.exit(f"{case[0]}: {log.read_text().strip()}")
    return usage.ru_utime + usage.ru_stime


def split(steps):
    """Steps at the commas outside of braces."""
    found, depth = [""], 0
    for letter in steps:
        depth += {"{": 1, "}": -1}.get(letter, 0)
        if letter == "," and not depth:
            found.append("")
        else:
            found[-1] += letter
    return [one.strip() for one in found]


def theirs(peer, file, count):
    start = time.process_time()
    for _ in range(count):
        peer(file)
    return (time.process_time() - start) / count


def hashed(file):
    """Time of one SHA-256 of a file that is in memory already, as ours is."""
    data = file.read_bytes()
    rounds = max(4, 4_000_000 // len(data))
    start = time.process_time()
    for _ in range(rounds):
        hashlib.sha256(data).digest()
    return (time.process_time() - start) / rounds


def main():
    try:
        import cv2
        cv2.setNumThreads(1)
    except ImportError:
        pass
    print(f"{'':34} {'ours, ms':>9} {'peer':>9} {'its, ms':>9} {'ratio':>6} {'hashed':>6}")
    slower = []
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        made(folder)
        for case in cases(folder):
            if options.only and options.only not in case[0]:
                continue
            for peer_name, steps, peer in case[4]:
                try:
                    first = theirs(peer, case[1], 2)
                except Exception as error:
                    print(f"{case[0]:34} {peer_name} left out: {str(error).splitlines()[0]}")
                    continue
                count = max(4, int(options.seconds / first))
                ours, its, hashes = [], [], []
                for _ in range(options.repeat):
                    short = predict(folder, case, steps, SHORT)
                    ours.append((predict(folder, case, steps, count + SHORT) - short) / count)
                    its.append(theirs(peer, case[1], count))
                    hashes.append(hashed(case[1]))
                ratio = statistics.median(b / a for a, b in zip(ours, its))
                equal = statistics.median((b + c) / a for a, b, c in zip(ours, its, hashes))
                if equal < 1.5:
                    slower.append(f"{case[0]} {peer_name} {equal:.2f}")
                print(f"{case[0]:34} {1000 * statistics.median(ours):>9.3f} {peer_name:>9} {1000 * statistics.median(its):>9.3f} {ratio:>6.2f} {equal:>6.2f}", flush=True)
    print("below 1.5 with the hash:", "; ".join(slower) or "none")


main()
