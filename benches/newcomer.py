"""A newcomer's way, timed: from `init` on a folder that the tool has never seen to a gate in CI.

    python3 benches/newcomer.py                      # binary: target/release/equipoise
    python3 benches/newcomer.py --binary target/debug/equipoise --demo

The folder is made anew: a part of HAM10000 where ../shared/data holds it, else the demo's images; under
other file names, other column names and other words for the values, as a clinic would have them. What
a person types is typed here; what a person thinks meanwhile is not timed. Prints a table in Markdown, and
ends with 1 when a step does not end as it should.
"""

import argparse
import csv
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time

PROJECT = pathlib.Path(__file__).resolve().parents[1]
HAM = PROJECT.parent / "shared/data/ham10000"
MODELS = PROJECT.parent / "shared/data/models"
MOST_IMAGES = 1200


def write_table(path: pathlib.Path, rows: list[dict]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, fieldnames=list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def from_ham(folder: pathlib.Path) -> dict:
    """Dermatoscopic images of a clinic that writes German."""
    with (HAM / "manifest.csv").open(encoding="utf-8") as file:
        taken = [row for row in csv.DictReader(file) if row["split"] == "test"]
    # Whole lesions, spread over the table.
    lesions = sorted({row["lesion_id"] for row in taken})
    step = max(1, len(taken) // MOST_IMAGES)
    kept = set(lesions[::step])
    taken = [row for row in taken if row["lesion_id"] in kept]
    (folder / "aufnahmen").mkdir()
    rows = []
    for number, row in enumerate(taken):
        name = f"bild_{number:05}.jpg"
        shutil.copy(HAM / row["image_path"], folder / "aufnahmen" / name)
        rows.append(
            {
                "datei": name,
                "fall": row["lesion_id"].replace("HAM_", "F"),
                "befund": "boesartig" if row["malignant"] == "1" else "gutartig",
                "geschlecht": {"female": "w", "male": "m"}.get(row["sex"], "unbekannt"),
                "alter": row["age"].removesuffix(".0"),
                "herkunft": row["site"],
            }
        )
    write_table(folder / "faelle.csv", rows)
    shutil.copy(MODELS / "ham_malignancy.onnx", folder / "modell.onnx")
    makers = {
        "image_processor_type": "ViTImageProcessor", "do_convert_rgb": True,
        "do_resize": True, "size": {"height": 96, "width": 128}, "resample": 2,
        "do_rescale": True, "rescale_factor": 1 / 255,
        "do_normalize": True, "image_mean": [0.485, 0.456, 0.406], "image_std": [0.229, 0.224, 0.225],
    }
    (folder / "preprocessor_config.json").write_text(json.dumps(makers), encoding="utf-8")
    return {
        "what": f"{len(rows)} images of {len(kept)} lesions of HAM10000",
        "table": "faelle.csv",
        "said": ["--preprocessor", "preprocessor_config.json", "--patient", "fall", "--truth", "befund",
                 "--positive", "boesartig", "--negative", "gutartig", "--threshold", "0.3388567647645017",
                 "--strata", "geschlecht,alter,herkunft", "--require", "sensitivity >= 0.80"],
        "todos": {"sigmoid": "sigmoid"},
    }


def from_demo(folder: pathlib.Path) -> dict:
    """The demo's simulated radiographs under other names."""
    source = PROJECT / "fixtures/demo"
    (folder / "films").mkdir()
    rows = []
    with (source / "cohort.csv").open(encoding="utf-8") as file:
        taken = [row for row in csv.DictReader(file) if row["view"] == "PA"]
    for number, row in enumerate(taken):
        name = f"film_{number:05}.png"
        shutil.copy(source / "images" / row["image_path"], folder / "films" / name)
        rows.append(
            {
                "film": name,
                "case": row["patient_id"].replace("P", "C"),
                "reading": "opacity" if row["lesion"] == "1" else "clear",
                "gender": {"F": "woman", "M": "man"}[row["sex"]],
                "age_years": row["age"],
                "hospital": row["site"],
            }
        )
    write_table(folder / "films.csv", rows)
    shutil.copy(source / "model.onnx", folder / "modell.onnx")
    return {
        "what": f"{len(rows)} images of {len({row['case'] for row in rows})} patients of the demo",
        "table": "films.csv",
        "said": ["--patient", "case", "--truth", "reading", "--positive", "opacity", "--negative", "clear",
                 "--threshold", "0.5", "--strata", "gender,age_years,hospital",
                 "--require", "sensitivity >= 0.75"],
        "todos": {
            "sigmoid": "sigmoid",
            "the steps": "[{crop: center_square}, {resize: {width: 48, height: 48, engine: pillow, "
            "filter: bilinear}}, {scale: 1/255}, {normalize: {mean: [0.5], std: [0.15]}}]",
        },
    }


class Steps:
    """Commands, how they ended and how long they took."""

    def __init__(self, binary: pathlib.Path) -> None:
        self.environment = {**os.environ, "PATH": f"{binary.parent}{os.pathsep}{os.environ['PATH']}"}
        self.rows: list[tuple[str, str, float, int]] = []

    def run(self, what: str, command: list[str], folder: pathlib.Path, ends: set[int]) -> str:
        begun = time.monotonic()
        done = subprocess.run(command, cwd=folder, env=self.environment, capture_output=True, text=True)
        seconds = time.monotonic() - begun
        shown = command[-1] if command[0] == "bash" else " ".join(command)
        self.rows.append((what, shown, seconds, done.returncode))
        if done.returncode not in ends:
            print(done.stdout, done.stderr, file=sys.stderr)
            sys.exit(f"{what}: ended with {done.returncode}, expected one of {sorted(ends)}")
        return done.stdout + done.stderr


def fill(audit: pathlib.Path, todos: dict) -> int:
    """Replaces TODOs as a person with the makers' papers would; gives how many."""
    text = audit.read_text(encoding="utf-8")
    for begins, value in todos.items():
        text, replaced = re.subn(rf'"TODO: {re.escape(begins)}[^"]*"', lambda _: value, text, count=1)
        if not replaced:
            sys.exit(f"no TODO begins with {begins!r}:\n{text}")
    audit.write_text(text, encoding="utf-8")
    return len(todos)


def job_of_the_docs() -> str:
    """The script of the GitLab job in docs/for-ci.md."""
    page = (PROJECT / "docs/for-ci.md").read_text(encoding="utf-8")
    job = next(block for block in re.findall(r"```yaml\n(.*?)```", page, re.S) if "script:" in block)
    lines = re.findall(r"^    - (equipoise .*)$", job, re.M)
    if len(lines) < 2:
        sys.exit("docs/for-ci.md has no job to run")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--binary", type=pathlib.Path, default=PROJECT / "target/release/equipoise")
    parser.add_argument("--demo", action="store_true", help="the demo's images, whatever else is here")
    given = parser.parse_args()
    binary = given.binary.resolve()
    if not binary.is_file():
        sys.exit(f"{binary} is not there: cargo build --release")
    begun = time.monotonic()
    with tempfile.TemporaryDirectory() as scratch:
        folder = pathlib.Path(scratch) / "clinic"
        folder.mkdir()
        makes = from_ham if HAM.is_dir() and MODELS.is_dir() and not given.demo else from_demo
        clinic = makes(folder)
        steps = Steps(binary)
        begun = time.monotonic()
        steps.run("look, with what is known", ["equipoise", "init", "--model", "modell.onnx",
                  "--manifest", clinic["table"], *clinic["said"]], folder, {0})
        left = steps.run("what is left to find out", ["equipoise", "check", "audit.yaml"], folder, {2})
        wanted = left.count("error[todo]")
        filled = fill(folder / "audit.yaml", clinic["todos"])
        if filled != wanted:
            sys.exit(f"{wanted} TODOs were left, {filled} were filled in:\n{left}")
        steps.run("the plan fits", ["equipoise", "check", "audit.yaml"], folder, {0})
        said = steps.run("the audit", ["equipoise", "run", "audit.yaml", "--quiet"], folder, {0, 1, 3})
        first = steps.rows[-1][3]
        # What another machine gets: the folder under version control, cloned, and the job of the docs.
        (folder / ".gitignore").write_text("out/\nresults/\n", encoding="utf-8")
        (folder / "job.sh").write_text(f"set -e\n{job_of_the_docs()}\n", encoding="utf-8")
        identity = ["-c", "user.name=newcomer", "-c", "user.email=newcomer@example.org"]
        for command in (["git", "init", "-q"], ["git", "add", "."],
                        ["git", *identity, "commit", "-qm", "An audit"]):
            subprocess.run(command, cwd=folder, check=True)
        clone = pathlib.Path(scratch) / "runner"
        subprocess.run(["git", "clone", "-q", str(folder), str(clone)], check=True)
        steps.run("the gate in CI, in a clone", ["bash", "job.sh"], clone, {first})
        mine = (next((folder / "out").iterdir()) / "results.json").read_bytes()
        theirs = (next((clone / "results").iterdir()) / "results.json").read_bytes()
        if mine != theirs:
            sys.exit("the clone has other results")
        total = time.monotonic() - begun
    print(f"{clinic['what']}; {filled} TODO(s) filled in by hand; the gate says: {said.splitlines()[0]}\n")
    print("| step | command | seconds | exit code |\n| --- | --- | --- | --- |")
    for what, command, seconds, code in steps.rows:
        print(f"| {what} | `{command}` | {seconds:.1f} | {code} |")
    print(f"\nTogether {total:.0f} seconds; the clone gives the same bytes of results.json.")


if __name__ == "__main__":
    main()
