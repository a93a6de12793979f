"""`spikemath mnist`: digits told by the trained integer network, on waiting times."""

from __future__ import annotations

import json
import time
from typing import Any

import click

from spikemath.cli._common import Choice, option, picture_suffix, place, somebody_looks
from spikemath.cli._group import InputError, reading_input


@click.command()
@option("--images", "source", metavar="FILE.npz", help="Digits: images (n, 28, 28) and labels, or x_test and y_test.")
@option("--bits", type=Choice(["8", "6", "4"]), default="8", show_default=True, help="Width of the weights.")
@option("--weights", metavar="FILE.npz", help="Other weights, as training exports them.")
@option("--limit", type=click.IntRange(min=1), help="The first so many images only.")
@option("--check", is_flag=True, help="Compare every answer with the clocked model.")
@option("--plot", "picture", metavar="FIG.png", help="Draw the spikes of one image.")
@option("--index", type=click.IntRange(min=0), default=0, show_default=True, help="Which image is drawn.")
@option("--labels", "labels_to", metavar="FILE.npy", help="Write the answers.")
@option("--json", "as_json", is_flag=True, help="Print one JSON object instead of the summary.")
@option("--quiet", is_flag=True, help="No progress bar.")
def mnist(source: str | None, limit: int | None, check: bool, as_json: bool, quiet: bool, **how: Any) -> None:
    """Tell handwritten digits with the trained network of integers, event by event.

    Without --images: the 200 digits that the package brings. Prints accuracy (where labels are known), and spikes and
    additions per image.
    """
    if how["picture"]:
        picture_suffix(how["picture"])
    if how["labels_to"]:
        place(how["labels_to"])

    import numpy as np
    from tqdm import tqdm

    from spikemath.networks import mnist as digits
    from spikemath.networks.differential import CycleModel

    with reading_input():
        images, labels = digits.read_digits(source or digits.SAMPLE)
        network = digits.DigitNetwork.load(how["weights"] or int(how["bits"]))
    images = images[:limit]
    labels = labels if labels is None else labels[: len(images)]
    if not len(images):
        raise InputError(f"{source} has no images")
    if how["picture"] and how["index"] >= len(images):
        raise InputError(f"--index {how['index']}: there are {len(images)} images")
    first = network(images[0])  # compiles
    began = time.perf_counter()
    with tqdm(total=len(images), disable=quiet or not somebody_looks(), unit=" images", leave=False) as bar:
        got = network.classify(images, bar.update)
    seconds = time.perf_counter() - began
    model = CycleModel()
    report = model.report(network.engine, first.run)
    result: dict[str, Any] = {
        "input": source or "200 digits of the package",
        "images": len(images),
        "bits": network.bits,
        "ticks": network.steps,
        "accuracy": None if labels is None else float(np.mean(got.labels == labels)),
        "wrong": None if labels is None else int(np.sum(got.labels != labels)),
        "spikes": dict(zip(("encoder", "layer 1", "layer 2"), got.spikes.mean(0).round(1).tolist(), strict=True)),
        "operations": dict(
            zip(("encoder", "layer 1", "layer 2", "readout"), got.operations.mean(0).round(1).tolist(), strict=True)
        ),
        "spikes_per_image": float(got.spikes.sum(1).mean()),
        "operations_per_image": float(got.operations.sum(1).mean()),
        "seconds": seconds,
        "cycle_model": {"cycles": report["cycles"], "clock": model.clock, "latency": report["latency"]},
        "equal_to_clocked": None,
    }
    if check:
        with tqdm(total=len(images), disable=quiet or not somebody_looks(), unit=" checked", leave=False) as bar:
            equal = 0
            for a in range(0, len(images), 200):
                part = slice(a, a + 200)
                _, scores, spikes = network.clocked(images[part])
                same = (scores[:, -1] == got.scores[part]).all(1) & (spikes.sum(1) == got.spikes[part]).all(1)
                equal += int(same.sum())
                bar.update(len(same))
        result["equal_to_clocked"] = equal
    if how["labels_to"]:
        from spikemath._files import replacing

        with replacing(how["labels_to"]) as file:
            np.save(file, got.labels)
    if how["picture"]:
        draw(how["picture"], network, images[how["index"]], None if labels is None else int(labels[how["index"]]))
    if as_json:
        click.echo(json.dumps(result | {"plot": how["picture"], "labels": how["labels_to"]}))
    else:
        say(result)
        for path in (how["picture"], how["labels_to"]):
            if path:
                click.echo(f"wrote {path}")
    if check and result["equal_to_clocked"] != len(images):
        raise click.ClickException(f"{len(images) - result['equal_to_clocked']} answers are not the clocked model's")


def draw(path: str, network: Any, image: Any, label: int | None) -> None:
    from spikemath._files import replacing
    from spikemath.networks.mnist.figures import raster
    from spikemath.plot import encoded

    figure = raster(network, image, label=label)
    with replacing(path) as file:
        file.write(encoded(figure, picture_suffix(path)))


def say(r: dict[str, Any]) -> None:
    """The summary."""
    known = "" if r["accuracy"] is None else f", {100 * r['accuracy']:.2f} % right ({r['wrong']} wrong)"
    click.echo(f"{r['input']}: {r['images']} images, weights of {r['bits']} bits, {r['ticks']} ticks{known}")
    for name, unit in (("spikes", "spikes"), ("operations", "additions")):
        parts = ", ".join(f"{part} {n:,.0f}" for part, n in r[name].items())
        click.echo(f"{r[name + '_per_image']:,.0f} {unit} per image ({parts})")
    if r["equal_to_clocked"] is not None:
        click.echo(f"equal to the clocked model, spikes and scores: {r['equal_to_clocked']} of {r['images']}")
    click.echo(f"{r['seconds']:.1f} s, {1e3 * r['seconds'] / r['images']:.2f} ms per image on this machine")
