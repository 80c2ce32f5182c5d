"""What a run of the model gives: logits, a loss, both or nothing."""
from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from excise._checks import bad_input
from excise._ids import Given, Row

RETURN_TYPES = ("logits", "loss", "both", None)


def check_return_type(return_type: object) -> None:
    if return_type not in RETURN_TYPES:
        raise bad_input("forward", "return_type", '"logits", "loss", "both" or None',
                        repr(return_type))


def loss_of(logits: NDArray[np.float32], ids: Row) -> float:
    """The mean of -log p(token) over all tokens but the first, nats, summed in double."""
    if len(ids) < 2:
        raise bad_input("forward", "text", "two tokens at least, for a loss", str(len(ids)))
    total = 0.0
    for row, token in zip(logits[:-1], ids[1:], strict=True):  # a row of doubles at a time
        values = row.astype(np.float64)
        highest = values.max()
        total += highest + np.log(np.exp(values - highest).sum()) - values[token]
    return float(total / (len(ids) - 1))


def output_of(given: Given, logits: list[NDArray[np.float32]], return_type: str | None) -> Any:
    """The results of all texts, as they were given. The loss of a batch is the mean over all its
    tokens."""
    if return_type is None:
        return None
    if return_type == "logits":
        return given.gathered(logits)
    losses: Any = [loss_of(*each) for each in zip(logits, given.rows, strict=True)]
    if given.form != "list":
        losses = float(np.mean(losses))  # rows of a batch are of one length
    return losses if return_type == "loss" else (given.gathered(logits), losses)
