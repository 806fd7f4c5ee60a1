"""Time of a segmented case with all its distances: beside the decoding of its image, and beside MONAI
and surface-distance on the same masks.

    python benches/segmentation_peers.py [--planes 200] [--volumes 4] [--repeat 3]

Needs numpy, scipy, Pillow, nibabel; monai (with torch) and surface-distance are compared where they are
installed (fixtures/requirements-segmentation.txt). Images of 512 x 512 are RGB JPEG, volumes of
256 x 256 x 150 gzipped 16-bit NIfTI, with noise as photographs and CT have it. Masks are irregular
outlines, the prediction moved and changed against the truth. One thread on every side, by turns; the
median of the turns counts. equipoise measures 13 numbers of a case (voxels, volumes, surface Dice, both
95% Hausdorff distances, mean surface distance, lesions); a peer is timed for what it has of them.
"""
import argparse
import json
import os
import pathlib
import statistics
import subprocess
import tempfile
import time

for name in ["OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"]:
    os.environ[name] = "1"

import nibabel
import numpy as np
from PIL import Image
from scipy import ndimage

HERE = pathlib.Path(__file__).resolve().parent.parent
SPACING = (1.0, 0.8, 0.8)
TOLERANCE = 2.0

parser = argparse.ArgumentParser()
parser.add_argument("--planes", type=int, default=200)
parser.add_argument("--volumes", type=int, default=4)
parser.add_argument("--repeat", type=int, default=3)
options = parser.parse_args()
random = np.random.default_rng(7)


def blob(shape, share):
    """An irregular outline: smoothed noise above a quantile, near the middle."""
    steps = [max(4, side // 10) for side in shape]
    noise = ndimage.zoom(random.normal(size=[side // step + 2 for side, step in zip(shape, steps)]),
                         [side / (side // step + 2) for side, step in zip(shape, steps)], order=1)
    noise = noise[tuple(slice(0, side) for side in shape)]
    axes = np.meshgrid(*[np.linspace(-1, 1, side) for side in noise.shape], indexing="ij")
    field = noise - 4 * sum(axis**2 for axis in axes)
    return field >= np.quantile(field, 1 - share), field


def pair(shape, share):
    truth, field = blob(shape, share)
    moved = ndimage.shift(field, [2] * len(shape), order=0, mode="nearest")
    return truth, moved + random.normal(0, 0.02, 1) >= np.quantile(field, 1 - share)


def made(folder):
    for part in ["image", "truth", "predicted"]:
        for kind in ["plane", "volume"]:
            (folder / kind / part).mkdir(parents=True)
    pairs = {"plane": [], "volume": []}
    for number in range(options.planes):
        truth, predicted = pair((512, 512), random.uniform(0.02, 0.35))
        shade = ndimage.gaussian_filter(random.normal(size=(512, 512, 3)), (3, 3, 0)) * 300 + 128
        photograph = np.clip(shade + random.normal(0, 6, shade.shape) - 40 * truth[..., None], 0, 255)
        Image.fromarray(photograph.astype(np.uint8)).save(folder / f"plane/image/{number:04}.jpg", quality=90)
        for part, mask in [("truth", truth), ("predicted", predicted)]:
            Image.fromarray(mask.astype(np.uint8) * 255).save(folder / f"plane/{part}/{number:04}.png")
        pairs["plane"].append((truth, predicted, (1.0, 1.0)))
    affine = np.diag([0.8, 0.8, 1.0, 1.0])
    for number in range(options.volumes):
        truth, predicted = pair((150, 256, 256), random.uniform(0.01, 0.06))
        scan = ndimage.gaussian_filter(random.normal(size=truth.shape), 2) * 300 + random.normal(0, 12, truth.shape)
        for part, values in [("image", (scan + 80 * truth).astype(np.int16)), ("truth", truth.astype(np.uint8)),
                             ("predicted", predicted.astype(np.uint8))]:
            whole = nibabel.Nifti1Image(np.ascontiguousarray(values.transpose(2, 1, 0)), affine)
            nibabel.save(whole, folder / f"volume/{part}/{number:04}.nii.gz")
        pairs["volume"].append((truth, predicted, SPACING))
    return pairs


def peers():
    found = {}
    try:
        import torch
        from monai.metrics import (DiceMetric, HausdorffDistanceMetric, SurfaceDiceMetric,
                                   SurfaceDistanceMetric)
        torch.set_num_threads(1)

        def monai(truth, predicted, spacing):
            a, b = (torch.from_numpy(mask[None, None].astype(np.float32)) for mask in (predicted, truth))
            return [DiceMetric()(a, b).item(),
                    SurfaceDiceMetric([TOLERANCE], include_background=True)(a, b, spacing=spacing).item(),
                    HausdorffDistanceMetric(percentile=95, include_background=True)(a, b, spacing=spacing).item(),
                    SurfaceDistanceMetric(symmetric=True, include_background=True)(a, b, spacing=spacing).item()]

        found["monai"] = monai
    except ImportError:
        print("monai is not installed: not compared")
    try:
        import surface_distance

        def deepmind(truth, predicted, spacing):
            of = surface_distance.compute_surface_distances(truth, predicted, spacing)
            return [surface_distance.compute_dice_coefficient(truth, predicted),
                    surface_distance.compute_surface_dice_at_tolerance(of, TOLERANCE),
                    surface_distance.compute_robust_hausdorff(of, 95),
                    surface_distance.compute_average_surface_distance(of)]

        found["surface-distance"] = deepmind
    except ImportError:
        print("surface-distance is not installed: not compared")
    return found


def main():
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        pairs = made(folder)
        build = ["cargo", "bench", "--no-run", "--bench", "segmentation", "--message-format", "json"]
        told = subprocess.run(build, cwd=HERE, check=True, stdout=subprocess.PIPE, text=True).stdout
        made_by_cargo = (json.loads(line) for line in told.splitlines())
        built = next(one["executable"] for one in made_by_cargo
                     if one.get("executable") and one["target"]["name"] == "segmentation")
        run = [built, str(folder)]
        ours, theirs, others = {}, {}, peers()
        for _ in range(options.repeat):
            text = subprocess.run(run, cwd=HERE, check=True, capture_output=True, text=True).stdout
            for kind, figures in json.loads(text).items():
                ours.setdefault(kind, []).append(figures)
            for peer, measure in others.items():
                for kind, masks in pairs.items():
                    some = masks[:max(1, len(masks) // 10)]
                    start = time.perf_counter()
                    values = [measure(*one) for one in some]
                    theirs.setdefault((peer, kind), []).append((time.perf_counter() - start) / len(some))
                    if peer == "monai":
                        own = ours[kind][-1]["dice_nsd_hd95_assd_lesions"]
                        worst = max(abs(a - b) / max(1, abs(b)) for x, y in zip(own, values) for a, b in zip(x, y))
                        assert worst < 1e-4, (kind, worst)
        for kind, n in [("plane", 10_000), ("volume", 50)]:
            decode = statistics.median(one["decode_s"] for one in ours[kind])
            measure = statistics.median(one["measure_s"] for one in ours[kind])
            print(f"{kind}: decode {1e3 * decode:.2f} ms, measure {1e3 * measure:.2f} ms a case, ratio "
                  f"{measure / decode:.2f}; {n:,} cases: decode {n * decode:.1f} s, measure {n * measure:.1f} s")
            for peer in others:
                other = statistics.median(theirs[peer, kind])
                print(f"  {peer}: {1e3 * other:.1f} ms a case, {other / measure:.1f} times as long")


main()
