"""Train a small convolutional network to read handwritten digits.

    paraminit run examples/digits.py [seed] [initializer]

A MindSpore program. The weights are set by walking over the network's parameters; the first layer is frozen.
"""

import sys

import mindspore as ms
import mindspore.nn as nn
import numpy as np
from mindspore import Tensor
from mindspore.common.initializer import initializer
from sklearn.datasets import load_digits

EPOCHS, BATCH = 12, 32


class Network(nn.Cell):
    def __init__(self):
        super().__init__()
        self.edges = nn.Conv2d(1, 16, 3, has_bias=True, bias_init="zeros")
        self.shapes = nn.Conv2d(16, 32, 3, stride=2, has_bias=True, bias_init="zeros")
        self.norm = nn.BatchNorm2d(32)
        self.parts = nn.Conv2d(32, 64, 3, stride=2, has_bias=True, bias_init="zeros")
        self.relu = nn.ReLU()
        self.flatten = nn.Flatten()
        self.digit = nn.Dense(64 * 2 * 2, 10, bias_init="zeros")

    def construct(self, images):
        edges = self.relu(self.edges(images))
        shapes = self.relu(self.norm(self.shapes(edges)))
        return self.digit(self.flatten(self.relu(self.parts(shapes))))


def train(net, images, labels):
    loss_fn = nn.CrossEntropyLoss()
    steps = EPOCHS * (len(images) // BATCH)
    rates = [0.05 * (1 - step / steps) for step in range(steps)]
    optimizer = nn.Momentum(net.trainable_params(), rates, 0.9, weight_decay=1e-4)

    def forward(images, labels):
        return loss_fn(net(images), labels)

    value_and_grad = ms.value_and_grad(forward, None, optimizer.parameters)
    net.set_train()
    for _ in range(EPOCHS):
        for batch in np.random.permutation(len(images))[: steps // EPOCHS * BATCH].reshape(-1, BATCH):
            _, grads = value_and_grad(Tensor(images[batch]), Tensor(labels[batch]))
            optimizer(grads)
    net.set_train(False)


def main(seed=1, init="he_normal"):
    images, labels = load_digits(return_X_y=True)
    images = (images / 16).astype(np.float32).reshape(-1, 1, 8, 8)
    labels = labels.astype(np.int32)
    order = np.random.RandomState(0).permutation(len(images))
    held_out, rest = order[:450], order[450:]

    ms.set_seed(seed)
    net = Network()
    for name, param in net.parameters_and_names():
        if "weight" in name:
            param.set_data(initializer(init, param.shape, param.dtype))
    net.edges.weight.requires_grad = False
    frozen = net.edges.weight.asnumpy().copy()

    train(net, images[rest], labels[rest])
    answers = net(Tensor(images[held_out])).asnumpy().argmax(1)
    print(f"accuracy on {len(held_out)} digits it has not seen: {(answers == labels[held_out]).mean():.4f}")
    same = frozen.tobytes() == net.edges.weight.asnumpy().tobytes()
    print(f"the frozen weight {'has kept every bit' if same else 'has changed'}")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:2]), *sys.argv[2:3])
