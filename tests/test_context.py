"""set_context and its kin: checked, recorded, and honest about what they do not do."""

from __future__ import annotations

import pytest

from paraminit import context


@pytest.fixture(autouse=True)
def fresh_settings(monkeypatch):
    monkeypatch.setattr(context, "_settings", dict(context._START))


def test_settings_are_recorded():
    context.set_context(mode=context.GRAPH_MODE, device_target="CPU", save_graphs=True)
    assert [context.get_context(n) for n in ("mode", "device_target", "device_id")] == [0, "CPU", 0]
    assert context.get_context("save_graphs") is True
    assert context.get_context("max_call_depth") is None


@pytest.mark.parametrize(
    ("settings", "text"),
    [
        ({"mod": 0, "device_id": 3}, "There is no context setting named 'mod'. Did you mean 'mode'"),
        ({"mode": 7, "device_id": 3}, r"mode must be GRAPH_MODE \(0\) or PYNATIVE_MODE \(1\), got 7"),
        ({"device_target": "TPU", "device_id": 3}, "device_target must be one of CPU, GPU, Asc"),
    ],
    ids=["name", "mode", "device"],
)
def test_bad_settings_are_refused_and_nothing_is_recorded(settings, text):
    with pytest.raises(ValueError, match=text):
        context.set_context(**settings)
    assert context.get_context("device_id") == 0


def test_get_context_refuses_unknown_names():
    with pytest.raises(ValueError, match="There is no context setting named 'devicetarget'"):
        context.get_context("devicetarget")


@pytest.mark.parametrize("setter", [lambda d: context.set_context(device_target=d), context.set_device])
def test_another_device_is_recorded_with_a_warning(setter):
    """Parameters stay on the CPU; a program that asked for Ascend has to know."""
    with pytest.warns(UserWarning, match="'Ascend' is recorded but not followed"):
        setter("Ascend")
    assert context.get_context("device_target") == "Ascend"
