"""Pictures of one digit on its way through the network; matplotlib is loaded when one is drawn."""

from __future__ import annotations

from typing import Any

import numpy as np

from spikemath.networks.mnist.data import checked_images
from spikemath.networks.mnist.network import DigitNetwork

_TITLES = ("encoder", "layer 1", "layer 2")
_COLOURS = ("#0072B2", "#009E73", "#D55E00")


def raster(network: DigitNetwork, image: Any, figure: Any = None, label: int | None = None) -> Any:
    """One digit: the image, the spikes of each layer, one dot per spike, and the scores after each tick.

    Parameters
    ----------
    network : DigitNetwork
    image : array of uint8 (28, 28)
    figure : matplotlib Figure, optional
        Where to draw. Default: a new one.
    label : int, optional
        The right answer, for the title.

    Returns
    -------
    matplotlib.figure.Figure

    Examples
    --------
    >>> from spikemath.networks import mnist
    >>> images, labels = mnist.read_digits(mnist.SAMPLE)
    >>> figure = mnist.figures.raster(mnist.DigitNetwork.load(), images[0])
    >>> [ax.get_title() for ax in figure.axes[1:3]]
    ['encoder: ... spikes', 'layer 1: ... spikes']
    """
    if figure is None:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure

        figure = Figure(figsize=(11.0, 3.6), layout="constrained")
        FigureCanvasAgg(figure)
    (image,) = checked_images(image)
    answer = network(image)
    axes = figure.subplots(1, 5, width_ratios=[1.0, 1.2, 1.2, 1.2, 1.2])
    axes[0].imshow(image, cmap="gray_r", vmin=0, vmax=255)
    axes[0].set(xticks=[], yticks=[], title=f"answer {answer.label}" + ("" if label is None else f", is {label}"))
    layers = network.engine.layers
    sizes = [layers[0].weights.inputs, *(layer.weights.outputs for layer in layers)]
    for ax, stream, size, title, colour in zip(axes[1:4], answer.run.streams, sizes, _TITLES, _COLOURS, strict=True):
        spikes = stream.spike
        # neurons of one tick side by side within the tick, so that none hides another
        spread = (np.arange(len(stream)) * 0.6180339887) % 1.0 * 0.7 - 0.35
        ax.plot((stream.times + spread)[spikes], stream.sources[spikes], ".", ms=1.6, color=colour, rasterized=True)
        ax.set(title=f"{title}: {int(spikes.sum())} spikes", xlim=(0.5, network.steps + 0.5), ylim=(size, -1))
        ax.set(xticks=range(1, network.steps + 1), xlabel="tick")
    axes[1].set_ylabel("neuron")
    _, scores, _ = network.clocked(image)
    unit = 2.0 ** -network.exponents[-1]
    for digit, curve in enumerate(scores[0].T * unit):
        mine = digit == answer.label
        style: dict[str, Any] = {"color": "#D55E00", "lw": 1.8} if mine else {"color": "0.7", "lw": 0.9}
        axes[4].plot(range(1, network.steps + 1), curve, **style)
        if mine:
            axes[4].annotate(str(digit), (network.steps, curve[-1]), xytext=(4, -3), textcoords="offset points")
    axes[4].set(xlabel="tick", title="scores", xticks=range(1, network.steps + 1))
    return figure
