"""Largest difference of decoded samples from what pydicom makes of lossy DICOM files, over whole images.

    cargo build --release
    python benches/lossy_differences.py [--binary PATH]

Lossless files are compared by their hashes in the tests. Of lossy ones two right decoders may differ by
a level or more (inverse DCT, chroma upsampling, colour conversion), so that here the share of samples
that differ and the largest difference are told, file by file. Needs numpy, onnx, pydicom and pylibjpeg
with -libjpeg, -openjpeg and -rle; files are those of ../shared/data/formats and are skipped without
them. Frames of several are compared by the first."""
import argparse
import pathlib
import subprocess
import sys
import tempfile

import numpy as np

HERE = pathlib.Path(__file__).resolve().parent.parent
DICOM = HERE.parent / "shared/data/formats/dicom"
LOSSY = {
    "1.2.840.10008.1.2.4.50": "JPEG baseline", "1.2.840.10008.1.2.4.51": "JPEG extended",
    "1.2.840.10008.1.2.4.81": "JPEG-LS near-lossless", "1.2.840.10008.1.2.4.91": "JPEG 2000",
    "1.2.840.10008.1.2.4.203": "HTJ2K",
}
AUDIT = """\
audit: lossy
model: {{file: {model}, engine: embedded, inputs: {{image: {{layout: NCHW}}}}}}
cohort: {{manifest: manifest.csv, columns: {{image: file, sample: id, patient: none}}}}
input: {{kind: dicom, channels: {channels}}}
preprocess: []
output: {{head: binary, activation: none, score_kind: logit}}
endpoints:
  e: {{truth: {{column: truth, positive: [1], negative: [0]}}, threshold: {{fixed: 0}}}}
"""


def model(path: pathlib.Path, channels: int) -> None:
    from onnx import TensorProto, helper, save
    given = helper.make_tensor_value_info("image", TensorProto.FLOAT, [1, channels, "rows", "columns"])
    said = helper.make_tensor_value_info("y", TensorProto.FLOAT, [1])
    mean = helper.make_node("ReduceMean", ["image"], ["y"], axes=[1, 2, 3], keepdims=0)
    graph = helper.make_graph([mean], "mean", [given], [said])
    save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8), str(path))


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--binary", type=pathlib.Path, default=HERE / "target/release/equipoise")
    options = parser.parse_args()
    import pydicom
    from pydicom.pixels import pixel_array
    if not DICOM.is_dir():
        sys.exit("skipped: there is no ../shared/data/formats/dicom")
    rows = []
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        (folder / "manifest.csv").write_text("id,file,truth\na,none.dcm,1\nb,none.dcm,0\n")
        for channels, word in ((1, "gray"), (3, "rgb")):
            model(folder / f"{word}.onnx", channels)
            text = AUDIT.format(model=folder / f"{word}.onnx", channels=word)
            (folder / f"{word}.yaml").write_text(text)
        for file in sorted(path for path in DICOM.rglob("*") if path.is_file()):
            try:
                data = pydicom.dcmread(file)
                kind = LOSSY.get(str(data.file_meta.TransferSyntaxUID))
            except Exception:
                continue
            if kind is None or "broken" in file.parts:
                continue
            own = str(file.relative_to(DICOM))
            try:
                theirs = pixel_array(data, index=0).astype(np.float64)
            except Exception as error:
                rows.append((own, kind, f"pydicom: {type(error).__name__}", ""))
                continue
            word = "rgb" if theirs.ndim == 3 else "gray"
            tensor = folder / "t.npy"
            tensor.unlink(missing_ok=True)
            command = [options.binary, "inspect", file, "--audit", folder / f"{word}.yaml", "--tensor", tensor, "--quiet"]
            done = subprocess.run([str(part) for part in command], capture_output=True, text=True)
            if not tensor.exists():
                rows.append((own, kind, "refused: " + (done.stderr + done.stdout).strip().split("\n")[0][:90], ""))
                continue
            ours = np.load(tensor).astype(np.float64)[0]
            ours = ours.transpose(1, 2, 0) if word == "rgb" else ours[0]
            if ours.shape != theirs.shape:
                rows.append((own, kind, f"shapes {ours.shape} and {theirs.shape}", ""))
                continue
            difference = np.abs(ours - theirs)
            rows.append((own, kind, f"{100 * np.mean(difference > 0):.2f}%", f"{difference.max():g}"))
    print("| file | kind | samples that differ | largest difference |\n| --- | --- | --- | --- |")
    for row in rows:
        print("| " + " | ".join(row) + " |")


if __name__ == "__main__":
    main()
