"""Names of MindSpore's that are outside of what this package is for, and what to use in their place."""

from __future__ import annotations

__all__ = ["instead"]

_LOOP = (
    "Training loops, callbacks and metrics are not part of it: write the loop with value_and_grad and an "
    "optimizer of nn (nn.TrainOneStepCell is one step of it), or train the network as any torch module."
)
_DATA = "It reads no data sets: give Cells NumPy arrays as Tensors, or batches of torch.utils.data."
_SCALE = "For mixed precision use cell.to_float(...), or torch.amp; loss_scale is an argument of optimizers."
_GRAPHS = "It has no graphs and exports none: use torch.export or torch.onnx on the network."
_MANY = "Distribute networks with torch.distributed; data_parallel(...) and plans know what a process holds."
_DEVICES = "Devices are torch's: move the network with net.to(...), and use torch.cuda for the rest."
_DERIVATIVES = "Of derivatives it has grad and value_and_grad; for others use torch.func."
_RANDOM = "set_seed decides parameters; dropout follows torch's generator, torch.manual_seed(...)."
_SPARSE = "Sparse tensors are torch's: torch.sparse_coo_tensor, torch.sparse_csr_tensor."

_NAMES = {
    _LOOP: """
        Accuracy Callback CheckpointConfig ConfusionMatrix EarlyStopping F1 Fbeta History LambdaCallback
        LearningRateScheduler LossMonitor MAE MSE Metric Model ModelCheckpoint OnRequestExit Precision
        Profiler ROC Recall ReduceLROnPlateau RunContext SummaryCollector SummaryLandscape SummaryRecord
        TimeMonitor
        Top1CategoricalAccuracy Top5CategoricalAccuracy TopKCategoricalAccuracy build_train_network callback
        connect_network_with_dataset data_sink get_metric_fn metrics model names profiler
    """,
    _DATA: "DatasetHelper FileReader FileWriter MindPage dataset mindrecord",
    _SCALE: "DynamicLossScaleManager FixedLossScaleManager LossScaleManager amp loss_scale_manager",
    _GRAPHS: "SymbolTree export get_func_graph_proto load load_mindir onnx rewrite save_mindir",
    _MANY: """
        Layout communication parallel parameter_broadcast reshard set_algo_parameters shard
        sync_pipeline_shared_parameters
    """,
    _DEVICES: """
        Event Stream StreamCtx current_stream device_context device_manager hal runtime set_cur_stream
        synchronize
    """,
    _DERIVATIVES: "get_grad jacfwd jacrev jvp vjp vmap",
    _RANDOM: "Generator default_generator get_rng_state initial_seed manual_seed seed set_rng_state",
    _SPARSE: "COOTensor CSRTensor RowTensor SparseTensor",
}
_INSTEAD = {name: text for text, names in _NAMES.items() for name in names.split()}


def instead(path: str) -> str:
    """What to say about a name, or module path, of MindSpore's that is not here; "" if nothing is known.

    Example:
        >>> instead("train.callback.LossMonitor").partition(":")[0]
        'Training loops, callbacks and metrics are not part of it'
        >>> instead("nn.Dense")
        ''
    """
    return next((_INSTEAD[step] for step in path.split(".") if step in _INSTEAD), "")
