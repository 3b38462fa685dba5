"""The profile: one switch for the process, for a block, or from the environment."""

from __future__ import annotations

import threading

import pytest

from paraminit.errors import UnknownNameError
from paraminit.profiles import _from_environment, current_profile, profile


def seen_by_another_thread():
    seen = []
    thread = threading.Thread(target=lambda: seen.append(current_profile()))
    thread.start()
    thread.join()
    return seen[0]


def test_the_default():
    """Without any switch."""
    assert current_profile() == "default"


def test_a_call_switches_the_process():
    """All threads, from then on, and back again."""
    for name in ("mindspore-1", "mindspore-2.10", "default"):
        profile(name)
        assert current_profile() == name
        assert seen_by_another_thread() == name


def test_a_block_switches_itself():
    """Inside the block, in this thread alone; outside as before, also after an exception."""
    with profile("mindspore-1") as entered:
        assert current_profile() == "mindspore-1"
        assert seen_by_another_thread() == "default"
    assert repr(entered) == "profile('mindspore-1')"
    assert current_profile() == "default"
    with pytest.raises(KeyError), profile("mindspore-1"):
        raise KeyError
    assert current_profile() == "default"


def test_blocks_nest():
    """The innermost block decides, inside a switched process as well."""
    profile("mindspore-1")
    with profile("mindspore-2.10"):
        with profile("default"):
            assert current_profile() == "default"
        assert current_profile() == "mindspore-2.10"
    assert current_profile() == "mindspore-1"


def test_a_switch_within_a_block_waits_for_its_end():
    """The block keeps its own profile."""
    with profile("mindspore-1"):
        profile("mindspore-2.10")
        assert current_profile() == "mindspore-1"
        assert seen_by_another_thread() == "mindspore-2.10"
    assert current_profile() == "mindspore-2.10"


def test_blocks_of_two_threads_do_not_meet():
    """Each thread has its own."""
    inside, checked = threading.Event(), threading.Event()
    seen = []

    def other():
        with profile("mindspore-1"):
            inside.set()
            checked.wait(10)
            seen.append(current_profile())

    thread = threading.Thread(target=other)
    thread.start()
    assert inside.wait(10)
    with profile("mindspore-2.10"):
        assert current_profile() == "mindspore-2.10"
        checked.set()
        thread.join()
    assert seen == ["mindspore-1"]
    assert current_profile() == "default"


def test_the_environment(monkeypatch):
    """PARAMINIT_PROFILE holds until a call switches; an empty value is none."""
    monkeypatch.setenv("PARAMINIT_PROFILE", "mindspore-1")
    assert current_profile() == "mindspore-1"
    with profile("default"):
        assert current_profile() == "default"
    monkeypatch.setenv("PARAMINIT_PROFILE", "")
    _from_environment.cache_clear()
    assert current_profile() == "default"
    monkeypatch.setenv("PARAMINIT_PROFILE", "mindspore-1")
    profile("mindspore-2.10")
    assert current_profile() == "mindspore-2.10"


def test_a_wrong_environment(monkeypatch):
    """An unknown name is an error, not the default."""
    monkeypatch.setenv("PARAMINIT_PROFILE", "mindspore-2")
    with pytest.raises(UnknownNameError) as error:
        current_profile()
    assert str(error.value) == (
        "There is no profile named 'mindspore-2'. Did you mean 'mindspore-1' or 'mindspore-2.10'?"
    )
    assert error.value.__notes__ == ["The name comes from the environment variable PARAMINIT_PROFILE."]


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("mindspore1", "There is no profile named 'mindspore1'. Did you mean 'mindspore-1' or"),
        ("Default", "There is no profile named 'Default'. Did you mean 'default'?"),
        ("", "There is no profile named ''. Known names: default, mindspore-1, mindspore-2.10."),
        (None, "There is no profile named 'None'."),
        (2, "There is no profile named '2'."),
    ],
)
def test_unknown_names_switch_nothing(name, message):
    """The process's profile stays."""
    profile("mindspore-1")
    with pytest.raises(UnknownNameError) as error:
        profile(name)
    assert str(error.value).startswith(message)
    assert current_profile() == "mindspore-1"
