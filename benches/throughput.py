"""Images per second, end to end, beside the Python pipeline of the reference data.

    cargo build --release
    python benches/throughput.py --python /path/to/venv/bin/python [--repeat 3]

The Python environment needs numpy, pandas, Pillow and onnxruntime; the script of the reference
data (throughput.py) runs in it. Both sides run by turns in one session on this machine, at one
and at two threads, so that the ratio means something even where the machine is shared. A run of
equipoise counts everything: start, reading the table, hashing, decoding, the model, writing
predictions.parquet. The peak of resident memory is what the system reports for the process."""
import argparse
import csv
import os
import pathlib
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent.parent
DATA = HERE.parent / "shared/data/ham10000"
MODEL = HERE.parent / "shared/data/models/ham_malignancy.onnx"

parser = argparse.ArgumentParser()
parser.add_argument("--python", default=sys.executable)
parser.add_argument("--repeat", type=int, default=3)
parser.add_argument("--images", type=int, default=2048)
parser.add_argument("--onnxruntime", help="library to use instead of the one that is found")
options = parser.parse_args()

if not DATA.exists():
    sys.exit("skipped: the HAM10000 data are not beside the project")

AUDIT = """\
audit: throughput
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


def subset(folder):
    with open(DATA / "manifest.csv", newline="") as source:
        rows = list(csv.DictReader(source))
    rows = [row for row in rows if row["split"] == "test"][: options.images]
    path = folder / "manifest.csv"
    with open(path, "w", newline="") as target:
        writer = csv.DictWriter(target, rows[0].keys())
        writer.writeheader()
        writer.writerows(rows)
    return path, len(rows)


def ours(folder, manifest, images, engine, threads):
    audit = folder / f"{engine}.yaml"
    audit.write_text(AUDIT.format(model=MODEL, engine=engine, manifest=manifest, data=DATA))
    command = [HERE / "target/release/equipoise", "predict", audit, "--out", folder / "out", "--threads", str(threads), "--quiet"]
    if options.onnxruntime:
        command += ["--onnxruntime", options.onnxruntime]
    start = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - start
    if status:
        sys.exit(f"equipoise ended with {os.waitstatus_to_exitcode(status)}")
    return images / seconds, usage.ru_maxrss / 1024


def peer(folder):
    out = folder / "throughput.csv"
    subprocess.run([options.python, DATA / "reference/throughput.py", "--data", DATA, "--models", MODEL.parent, "--out", out,
                    "--n", str(options.images), "--repeat", "1"], check=True, stdout=subprocess.DEVNULL)
    with open(out, newline="") as source:
        rows = [row for row in csv.DictReader(source) if row["what"].startswith("end to end")]
    return {int(row["threads"]): float(row["images_per_s_best"]) for row in rows}


with tempfile.TemporaryDirectory() as name:
    folder = pathlib.Path(name)
    manifest, images = subset(folder)
    rates, memory = {}, {}
    for turn in range(options.repeat):
        for threads, rate in peer(folder).items():
            rates.setdefault(("python + onnxruntime", threads), []).append(rate)
        for engine in ("onnxruntime", "embedded"):
            for threads in (1, 2):
                rate, peak = ours(folder, manifest, images, engine, threads)
                rates.setdefault((f"equipoise, {engine}", threads), []).append(rate)
                memory[(f"equipoise, {engine}", threads)] = peak
    print(f"{images} images, best of {options.repeat} turns")
    print(f"{'':28} {'threads':>7} {'images/s':>9} {'ratio':>6} {'peak MiB':>9}")
    for (what, threads), values in sorted(rates.items(), key=lambda item: (item[0][1], item[0][0])):
        base = max(rates[("python + onnxruntime", threads)])
        peak = memory.get((what, threads))
        print(f"{what:28} {threads:>7} {max(values):>9.1f} {max(values) / base:>6.2f} {f'{peak:.0f}' if peak else '':>9}")
