"""One million rows, measured beside the packages people use for the same numbers.

Makes a table (400,000 patients, 10 attributes, about 60 strata and intersections, scores with a
patient effect) and runs `equipoise evaluate` on it with 10,000 replicates, from the Parquet file to
results.json and the report: once without smooth calibration curves, whose fits are a pass of
their own over every group, and once with them. Then, in the same run, it times one more replicate
of equipoise, one patient-bootstrap replicate of fairlearn's MetricFrame and of plain pandas, and one
AUROC per stratum by scikit-learn. fairlearn takes minutes a replicate on a million rows, so that it
gets a smaller table by default (`--peer-rows`).

    pip install numpy pandas pyarrow scikit-learn fairlearn
    cargo build --release
    python benches/million_rows.py [--rows 1000000] [--peer-rows 100000] [--binary target/release/equipoise]
"""

import argparse
import json
import pathlib
import subprocess
import tempfile
import time

import numpy as np
import pandas as pd

ATTRIBUTES = {"sex": 2, "site": 6, "scanner": 4, "age_band": 5, "insurance": 3,
              "ward": 4, "view": 2, "race": 5, "bmi_band": 4, "region": 3}
CROSSINGS = [["sex", "age_band"], ["sex", "race"]]


def table(rows: int, seed: int = 1) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    patients = rows * 4 // 10
    patient = np.sort(rng.integers(0, patients, rows))
    effect = rng.normal(0, 0.7, patients)[patient]
    frame = {"image": [f"i{i:07d}" for i in range(rows)],
             "patient": [f"p{i:06d}" for i in patient]}
    for name, levels in ATTRIBUTES.items():
        # The view belongs to the image, everything else to the patient.
        codes = rng.integers(0, levels, rows if name == "view" else patients)
        codes = codes if name == "view" else codes[patient]
        frame[name] = [f"{name}{code}" for code in codes]
    truth = rng.random(rows) < 0.12
    logit = np.where(truth, 1.2, -2.2) + effect + rng.normal(0, 0.9, rows)
    frame["truth"] = truth.astype(int).astype(str)
    frame["score"] = 1 / (1 + np.exp(-logit))
    return pd.DataFrame(frame)


def audit(replicates: int, smooth: str) -> str:
    strata = "\n".join(f"  {name}: {{column: {name}}}" for name in ATTRIBUTES)
    return f"""audit: million
title: One million rows
cohort:
  manifest: cohort.parquet
  columns: {{image: image, patient: patient}}
output: {{head: binary, score_kind: probability}}
endpoints:
  finding: {{score: score, truth: {{column: truth, positive: ["1"], negative: ["0"]}}, threshold: {{fixed: 0.5}}}}
strata:
{strata}
  intersections: {json.dumps(CROSSINGS)}
statistics: {{replicates: {replicates}, seed: 7, smooth_calibration: {smooth}}}
"""


def timed(work, times=1):
    begin = time.perf_counter()
    for _ in range(times):
        work()
    return (time.perf_counter() - begin) / times


def resident_peak(pid: int) -> int:
    """Kilobytes; what `getrusage` says of a child would count this script's own table."""
    try:
        for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1])
    except OSError:
        pass
    return 0


def ours(frame: pd.DataFrame, binary: str, replicates: int, smooth: str, times: int) -> tuple[float, float]:
    """Seconds of the fastest of some runs, and the peak of memory in megabytes."""
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        frame.to_parquet(folder / "cohort.parquet", index=False)
        (folder / "audit.yaml").write_text(audit(replicates, smooth))
        command = [binary, "evaluate", str(folder / "audit.yaml"), "--predictions", str(folder / "cohort.parquet"),
                   "--out", str(folder / "out"), "--quiet", "--exit-zero", "--threads", "2"]
        found = []
        for _ in range(times):
            begin = time.perf_counter()
            process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
            peak = 0
            while process.poll() is None:
                peak = max(peak, resident_peak(process.pid))
                time.sleep(0.01)
            if process.returncode != 0:
                raise SystemExit(f"equipoise ended with {process.returncode}")
            found.append((time.perf_counter() - begin, peak / 1024))
    return min(seconds for seconds, _ in found), max(peak for _, peak in found)


def fairlearn_replicate(frame: pd.DataFrame) -> float:
    from fairlearn.metrics import MetricFrame, false_positive_rate, true_positive_rate

    y = frame["truth"].astype(int).to_numpy()
    called = (frame["score"] >= 0.5).astype(int).to_numpy()
    groups = [[name] for name in ATTRIBUTES] + CROSSINGS

    def frames(n_boot):
        for names in groups:
            extra = {"n_boot": n_boot, "ci_quantiles": [0.025, 0.975], "random_state": 1} if n_boot else {}
            MetricFrame(metrics={"sensitivity": true_positive_rate, "fpr": false_positive_rate},
                        y_true=y, y_pred=called, sensitive_features=frame[names], **extra)

    return timed(lambda: frames(2)) / 3  # the frame itself and two replicates


def pandas_replicate(frame: pd.DataFrame) -> float:
    y = frame["truth"] == "1"
    called = frame["score"] >= 0.5
    cells = pd.DataFrame({"tp": y & called, "fn": y & ~called, "fp": ~y & called, "tn": ~y & ~called})
    patient, _ = pd.factorize(frame["patient"])
    rng = np.random.default_rng(1)

    def replicate():
        drawn = np.bincount(rng.integers(0, patient.max() + 1, patient.max() + 1), minlength=patient.max() + 1)
        weighted = cells.mul(drawn[patient], axis=0)
        for names in [[name] for name in ATTRIBUTES] + CROSSINGS:
            weighted.groupby([frame[name] for name in names]).sum()

    return timed(replicate, 2)


def sklearn_areas(frame: pd.DataFrame) -> float:
    from sklearn.metrics import roc_auc_score

    y = (frame["truth"] == "1").to_numpy()
    score = frame["score"].to_numpy()

    def areas():
        for names in [[name] for name in ATTRIBUTES] + CROSSINGS:
            for rows in frame.groupby(names).indices.values():
                roc_auc_score(y[rows], score[rows])

    return timed(areas)


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--rows", type=int, default=1_000_000)
    arguments.add_argument("--peer-rows", type=int, default=100_000)
    arguments.add_argument("--replicates", type=int, default=10_000)
    arguments.add_argument("--times", type=int, default=3)
    arguments.add_argument("--binary", default="target/release/equipoise")
    arguments.add_argument("--ours-only", action="store_true")
    chosen = arguments.parse_args()
    frame = table(chosen.rows)
    for smooth, title in (("none", "without smooth curves"), ("curve", "with smooth curves")):
        seconds, peak = ours(frame, chosen.binary, chosen.replicates, smooth, chosen.times)
        print(f"equipoise, {chosen.rows} rows, {chosen.replicates} replicates, {title}: "
              f"{seconds:.2f} s, {peak:.0f} MB")
    if chosen.ours_only:
        return
    few = max(chosen.replicates // 100, 1)
    least, _ = ours(frame, chosen.binary, few, "none", chosen.times)
    most, _ = ours(frame, chosen.binary, chosen.replicates, "none", chosen.times)
    own = max(most - least, 0.0) / (chosen.replicates - few)
    print(f"equipoise, one more replicate of everything that is resampled: {own * 1e3:.3f} ms")
    smaller = frame if chosen.peer_rows == chosen.rows else table(chosen.peer_rows)
    for title, peer, given in (("pandas", pandas_replicate, frame),
                               ("fairlearn MetricFrame", fairlearn_replicate, smaller)):
        other = peer(given)
        print(f"{title}, {len(given)} rows: {other:.2f} s a replicate, "
              f"{other / own:.0f} times one of equipoise on {chosen.rows} rows", flush=True)
    print(f"scikit-learn, all AUROCs without limits, {chosen.rows} rows: {sklearn_areas(frame):.2f} s")


if __name__ == "__main__":
    main()
