"""How both networks are trained as planned; the whole training stands in test_train.py."""

import pytest

from gcn import Model
from gcn.networks.gcn_c import GCNC
from gcn.networks.gcn_v import GCNV
from gcn.networks.settings import Settings
from gcn.training.config import TrainConfig
from gcn.training.fitting import learning_rate


def test_the_learning_rate_is_a_tenth_with_a_base() -> None:
    config, base = TrainConfig(), Model(GCNV(), GCNC(), Settings(), {})
    assert learning_rate(config, None) == config.learning_rate
    assert learning_rate(config, base) == pytest.approx(0.1 * config.learning_rate)
