"""Whole networks, written once and built on both sides: `networks(ms)` with either library as `ms`."""

from itertools import pairwise


def networks(ms):
    nn = ms.nn

    class LeNet(nn.Cell):
        """Convolutions, pooling or whatever is given, dense layers."""

        def __init__(self, pool, classes=10, weight_init="normal"):
            super().__init__()
            self.conv1 = nn.Conv2d(1, 6, 5, pad_mode="valid", weight_init=weight_init)
            self.conv2 = nn.Conv2d(6, 16, 5, pad_mode="valid", weight_init=weight_init, has_bias=True)
            self.relu = nn.ReLU()
            self.pool = pool
            self.flatten = nn.Flatten()
            self.fc1 = nn.Dense(16 * 5 * 5, 24, weight_init=weight_init)
            self.fc2 = nn.Dense(24, classes)

        def construct(self, x):
            x = self.pool(self.relu(self.conv1(x)))
            x = self.pool(self.relu(self.conv2(x)))
            return self.fc2(self.relu(self.fc1(self.flatten(x))))

    class Residual(nn.Cell):
        """A block of a ResNet, with a projection on its shortcut."""

        def __init__(self, i, o, stride=1):
            super().__init__()
            self.conv1 = nn.Conv2d(i, o, 3, stride, weight_init="HeNormal")
            self.bn1 = nn.BatchNorm2d(o)
            self.conv2 = nn.Conv2d(o, o, 3, pad_mode="pad", padding=1, weight_init="HeNormal")
            self.bn2 = nn.BatchNorm2d(o, gamma_init="uniform")
            self.relu = nn.ReLU()
            self.shortcut = nn.SequentialCell(nn.Conv2d(i, o, 1, stride), nn.BatchNorm2d(o))

        def construct(self, x):
            y = self.bn2(self.conv2(self.relu(self.bn1(self.conv1(x)))))
            return self.relu(y + self.shortcut(x))

    class ResNet(nn.Cell):
        def __init__(self, widths, classes=3):
            super().__init__()
            self.stem = nn.SequentialCell(
                [nn.Conv2d(3, widths[0], 3, has_bias=False), nn.BatchNorm2d(widths[0])]
            )
            self.blocks = nn.CellList([Residual(i, o, 2) for i, o in pairwise(widths)])
            self.head = nn.Dense(widths[-1], classes, weight_init="xavier_uniform", bias_init="zeros")

        def construct(self, x):
            x = self.stem(x)
            for block in self.blocks:
                x = block(x)
            return self.head(x.mean((2, 3)))

    class Block(nn.Cell):
        """A block of a transformer, out of plain layers."""

        def __init__(self, width):
            super().__init__()
            self.query, self.key, self.value = (nn.Dense(width, width, has_bias=False) for _ in range(3))
            self.norm1, self.norm2 = nn.LayerNorm((width,)), nn.LayerNorm([width])
            self.mlp = nn.SequentialCell(nn.Dense(width, 2 * width), nn.GELU(), nn.Dense(2 * width, width))
            self.softmax = nn.Softmax(-1)
            self.scale = width**-0.5

        def construct(self, x):
            y = self.norm1(x)
            scores = self.query(y) @ self.key(y).swapaxes(1, 2) * self.scale
            x = x + self.softmax(scores) @ self.value(y)
            return x + self.mlp(self.norm2(x))

    class Language(nn.Cell):
        """A small transformer with a Parameter of its own beside its children."""

        def __init__(self, words, length, width, depth):
            super().__init__()
            from_normal = ms.common.initializer.initializer("normal", [length, width], ms.float32)
            self.positions = ms.Parameter(from_normal, name="positions")
            self.words = nn.Embedding(words, width)
            self.blocks = nn.SequentialCell([Block(width) for _ in range(depth)])
            self.head = nn.Dense(width, words, weight_init=ms.common.initializer.TruncatedNormal(0.02))

        def construct(self, x):
            return self.head(self.blocks(self.words(x) + self.positions))

    def appended(width):
        """A list that grew at both ends."""
        cells = nn.CellList([nn.Dense(width, width)])
        cells.append(nn.Dense(width, 2))
        cells.extend([nn.Dense(2, 1), nn.LayerNorm((width,))])
        cells.insert(1, nn.Dense(width, 3, weight_init="xavier_uniform"))
        return cells

    return {"LeNet": LeNet, "ResNet": ResNet, "Language": Language, "appended": appended}
