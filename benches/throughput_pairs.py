"""Images per second beside the same pipeline in Python, pair by pair.

    cargo build --release
    python benches/throughput_pairs.py [--pairs 6] [--images 1024]

`throughput.py` runs the reference data's own script, whose turns take minutes; on a shared
machine the clock moves more between turns than the programs differ. Here both sides take
turns every few seconds, and the median of the ratios is what counts. Python decodes and resizes
with Pillow and runs ONNX Runtime, at two threads decoding ahead in a thread pool as the
reference script does; it is timed without start-up and imports. equipoise is timed as a whole
process, from start to the stored scores. Needs numpy, Pillow and onnxruntime."""
import argparse
import csv
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor

HERE = pathlib.Path(__file__).resolve().parent.parent
DATA = HERE.parent / "shared/data/ham10000"
MODEL = HERE.parent / "shared/data/models/ham_malignancy.onnx"
BATCH = 32

parser = argparse.ArgumentParser()
parser.add_argument("--pairs", type=int, default=6)
parser.add_argument("--images", type=int, default=1024)
options = parser.parse_args()
if not DATA.exists():
    sys.exit("skipped: the HAM10000 data are not beside the project")

import numpy as np
import onnxruntime
from PIL import Image

AUDIT = """\
audit: pairs
model: {{file: {model}, engine: {engine}}}
cohort:
  manifest: {manifest}
  root: {data}
  columns: {{image: image_path, sample: image_id, patient: lesion_id}}
input: {{kind: raster, channels: rgb}}
preprocess:
  - resize: {{width: 128, height: 96, engine: pillow, filter: bilinear}}
  - scale: 1/255
  - normalize: {{mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225]}}
output: {{head: binary, activation: sigmoid, score_kind: probability}}
endpoints:
  malignant: {{truth: {{column: malignant, positive: [1], negative: [0]}}, threshold: {{fixed: 0.34}}}}
"""
MEAN = np.array([0.485, 0.456, 0.406], np.float32)
DEVIATION = np.array([0.229, 0.224, 0.225], np.float32)


def load(files):
    pixels = []
    for file in files:
        with Image.open(file) as image:
            pixels.append(np.asarray(image.convert("RGB").resize((128, 96), Image.BILINEAR)))
    scaled = np.stack(pixels).astype(np.float32) / np.float32(255)
    return np.ascontiguousarray(((scaled - MEAN) / DEVIATION).transpose(0, 3, 1, 2))


def python(session, files, threads):
    start = time.perf_counter()
    batches = [files[first : first + BATCH] for first in range(0, len(files), BATCH)]
    if threads == 1:
        for batch in batches:
            session.run(None, {"image": load(batch)})
    else:
        with ThreadPoolExecutor(threads) as pool:
            ahead = [pool.submit(load, batch) for batch in batches[:4]]
            for number in range(len(batches)):
                tensor = ahead.pop(0).result()
                if number + 4 < len(batches):
                    ahead.append(pool.submit(load, batches[number + 4]))
                session.run(None, {"image": tensor})
    return len(files) / (time.perf_counter() - start)


def ours(folder, engine, threads, images):
    command = [HERE / "target/release/equipoise", "predict", folder / f"{engine}.yaml", "--out", folder / "out"]
    start = time.perf_counter()
    subprocess.run([*command, "--threads", str(threads), "--quiet"], check=True, stdout=subprocess.DEVNULL)
    return images / (time.perf_counter() - start)


with tempfile.TemporaryDirectory() as name:
    folder = pathlib.Path(name)
    with open(DATA / "manifest.csv", newline="") as source:
        rows = [row for row in csv.DictReader(source) if row["split"] == "test"][: options.images]
    with open(folder / "manifest.csv", "w", newline="") as target:
        writer = csv.DictWriter(target, rows[0].keys())
        writer.writeheader()
        writer.writerows(rows)
    files = [DATA / row["image_path"] for row in rows]
    for engine in ("onnxruntime", "embedded"):
        text = AUDIT.format(model=MODEL, engine=engine, manifest=folder / "manifest.csv", data=DATA)
        (folder / f"{engine}.yaml").write_text(text)
    print(f"{len(files)} images, {options.pairs} pairs; images per second (median), ratio (median of pairs)")
    for threads in (1, 2):
        settings = onnxruntime.SessionOptions()
        settings.intra_op_num_threads = threads
        settings.inter_op_num_threads = 1
        session = onnxruntime.InferenceSession(str(MODEL), settings, providers=["CPUExecutionProvider"])
        python(session, files, threads)
        for engine in ("onnxruntime", "embedded"):
            pairs = [(python(session, files, threads), ours(folder, engine, threads, len(files))) for _ in range(options.pairs)]
            theirs, mine = (statistics.median(rates) for rates in zip(*pairs))
            ratio = statistics.median(own / other for other, own in pairs)
            print(f"threads {threads}  python {theirs:6.0f}  equipoise, {engine:11} {mine:6.0f}  ratio {ratio:.2f}")
