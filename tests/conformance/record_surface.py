"""Runs inside the environment of the real MindSpore: `record_surface.py OUT.json`.

Writes tests/golden/surface-2.10.json: of each layer the attributes that hold plain values or initializers,
and its repr, in which an initializer is its class.
"""

import json
import re
import sys
from pathlib import Path

from mindspore import mint, nn
from mindspore.common import initializer as initializers

CONSTRUCTED = """
    AdaptiveAvgPool1d(2) AdaptiveAvgPool2d((None,2)) AdaptiveMaxPool2d(2,True) AvgPool1d(2,2,"pad",1)
    AvgPool2d(2,2,"same") AvgPool3d(2) BatchNorm1d(2) BatchNorm2d(2,1e-3,0.8,False,"zeros") BiDense(2,3,4)
    CELU() Conv1d(2,3,3,has_bias=True) Conv1d(2,4,3,2,"pad",1,2,2,weight_init="ones")
    Conv2d(2,3,3,has_bias=True) Conv2d(2,4,(3,2),(1,2),"pad",(0,1,1,0),(1,2),2,bias_init="zeros")
    Conv3d(2,3,3,has_bias=True) Conv3d(2,4,(3,2,1),2,"pad",1,1,2,True,"ones","zeros")
    Conv1dTranspose(2,3,3,2,has_bias=True) Conv2dTranspose(2,3,3,2,"pad",(0,1,1,0),has_bias=True)
    Conv2dTranspose(2,3,3) Conv3dTranspose(2,3,3,2,weight_init="ones") Dense(2,3)
    Dense(2,3,"ones","zeros",False)
    Dense(2,3,activation="relu") Dropout(p=0.3) ELU() Embedding(5,3) EmbeddingExt(5,3,-4)
    EmbeddingLookup(5,3) Flatten() Flatten(0,1) GELU() GELU(False) GRU(3,4,2) GRUCell(3,4) GroupNorm(2,4)
    HShrink() HSigmoid() HSwish() Hardtanh() Identity() InstanceNorm2d(2) LRN() LSTM(3,4,bidirectional=True)
    LSTMCell(3,4) LayerNorm((3,)) LayerNormExt(3) LeakyReLU() Linear(2,3) LogSigmoid() LogSoftmax()
    LogSoftmaxExt() MaxPool1d(2,2,"pad",1) MaxPool2d(2,2,"same") MaxPool3d(2) Mish() MultiheadAttention(8,2)
    PReLU(2) PReLUExt(2) RNN(3,4) RNNCell(3,4) RReLU(0.2,0.3) ReLU() ReLU6() SeLU() SiLU()
    SequentialCell(nn.Dense(2,3),nn.ReLU()) Sigmoid() SoftShrink() Softmax(0) Softmax2d() Softmin() Softsign()
    Tanh() Tanhshrink() Threshold(0.1,20) TransformerEncoderLayer(8,2,16)
    BCELoss() BCEWithLogitsLoss() CTCLoss() CosineEmbeddingLoss(0.5) CrossEntropyLoss() GaussianNLLLoss()
    HingeEmbeddingLoss() HuberLoss() KLDivLoss("sum") L1Loss() MAELoss() MSELoss("none") MarginRankingLoss()
    MultiLabelSoftMarginLoss() MultiMarginLoss() MultilabelMarginLoss() NLLLoss() PoissonNLLLoss() RMSELoss()
    SmoothL1Loss() SoftMarginLoss() SoftmaxCrossEntropyWithLogits() TripletMarginLoss()
    TripletMarginWithDistanceLoss() CosineDecayLR(0.1,0.5,4) ExponentialDecayLR(0.1,0.9,4)
    InverseDecayLR(0.1,0.9,4,True) NaturalExpDecayLR(0.1,0.9,4) PolynomialDecayLR(0.1,0.01,4,0.5)
    WarmUpLR(0.1,4)
"""


def plain(value):
    """The value as JSON has it; a tuple as a list, an initializer as its class. Raises for all others."""
    if isinstance(value, initializers.Initializer):
        return type(value).__name__
    if isinstance(value, (tuple, list)):
        return [plain(item) for item in value]
    if value is None or type(value) in (bool, int, float, str):
        return value
    raise TypeError


def recorded(text):
    cell = eval(f"nn.{text}", {"nn": nn, "mint": mint})
    attributes = {}
    for name in sorted(set(dir(cell)) - set(dir(nn.Cell()))):
        if not name.startswith("_") and not name.isupper():
            try:
                attributes[name] = plain(getattr(cell, name))
            except TypeError:
                continue
    printed = re.sub(r"<mindspore\.common\.initializer\.(\w+) object at 0x\w+>", r"\1", repr(cell))
    return {"layer": text, "attributes": attributes, "repr": printed}


def main(out_path):
    how = "tests/conformance/record_surface.py, run by a Python with mindspore==2.10.0 and numpy<2 on a CPU"
    lines = ",\n".join(json.dumps(recorded(text)) for text in CONSTRUCTED.split())
    Path(out_path).write_text(f'{{"how": {json.dumps(how)}, "layers": [\n{lines}\n]}}\n')


if __name__ == "__main__":
    main(*sys.argv[1:])
