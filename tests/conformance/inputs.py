"""What layers are called with, and what they answer, in NumPy: both sides of the comparison import this.

An input is a shape of normal numbers, or a dictionary with one of
    {"whole": [low, high], "shape": shape}    int32 from low to high, both included ("dtype" names another)
    {"signs": shape}                          float32, 1 or -1
    {"unit": shape}                           float32 between 0 and 1
    {"mask": shape}                           bool, False in the first column: nothing is masked completely
    {"tuple": [input, ...]}
"""

import numpy as np


def made(spec, numbers, tensor):
    """An input, drawn from a RandomState; `tensor` turns an array into the library's own."""
    if isinstance(spec, list):
        return tensor(numbers.randn(*spec).astype(np.float32))
    if "tuple" in spec:
        return tuple(made(item, numbers, tensor) for item in spec["tuple"])
    if "unit" in spec:
        return tensor(numbers.uniform(0.01, 0.99, spec["unit"]).astype(np.float32))
    if "mask" in spec:
        mask = numbers.rand(*spec["mask"]) < 0.3
        mask[..., 0] = False
        return tensor(mask)
    if "signs" in spec:
        return tensor(numbers.choice([-1.0, 1.0], spec["signs"]).astype(np.float32))
    low, high = spec["whole"]
    return tensor(numbers.randint(low, high + 1, spec["shape"]).astype(spec.get("dtype", "int32")))


def arguments(case, tensor):
    """The positional and keyword arguments of one call."""
    numbers = np.random.RandomState(case["seed"])
    positional = [made(spec, numbers, tensor) for spec in case["inputs"]]
    return positional, {name: made(spec, numbers, tensor) for name, spec in case.get("keywords", {}).items()}


def flat(value, array):
    """The tensors of a result, which may be nested tuples, as arrays."""
    if isinstance(value, (tuple, list)):
        return [one for item in value for one in flat(item, array)]
    return [] if value is None else [array(value)]


def answers(case, cell, tensor, array):
    """Everything that is compared of a built cell.

    ":name" a parameter; "names" of all of them, in order, and "trains", which of them train; ">call.n" the
    n-th output of a call; "~name" a parameter that training changes without a gradient.
    """
    parameters = list(cell.parameters_and_names())
    found = {f":{name}": array(parameter) for name, parameter in parameters}
    found["names"] = np.array([name for name, _ in parameters], np.str_)
    # An integer cannot require a gradient of torch's, so paraminit keeps MindSpore's flag beside it.
    trains = [getattr(parameter, "trains", parameter.requires_grad) for _, parameter in parameters]
    found["trains"] = np.array(trains, np.bool_)
    if not case["inputs"]:
        return found
    positional, keywords = arguments(case, tensor)
    for call, training in enumerate([True, True, False] if case["train"] else [False]):
        cell.set_train(training)
        for number, output in enumerate(flat(cell(*positional, **keywords), array)):
            found[f">{call}.{number}"] = output
    if case["train"]:
        moving = [name for name, _ in parameters if "moving" in name or "running" in name]
        found |= {f"~{name}": array(parameter) for name, parameter in parameters if name in moving}
    return found
