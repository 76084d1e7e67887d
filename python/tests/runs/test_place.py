"""Where the agent is looked for."""

from __future__ import annotations

import json

import pytest

from wattest.agent.place import Away, find_place


def endpoint(folder, port):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "endpoint.json").write_text(json.dumps({"url": f"http://127.0.0.1:{port}", "token": "t"}))


def test_a_named_file_comes_before_a_folder_that_before_the_nearest_profile_and_that_before_the_account(tmp_path, monkeypatch):
    for port, name in enumerate(("named", "home", "project/device", "account/.wattest"), 1):
        endpoint(tmp_path / name, port)
    work = tmp_path / "project" / "deep" / "er"
    work.mkdir(parents=True)
    (tmp_path / "project" / "wattest.json").write_text('{"home": "device"}')
    monkeypatch.setenv("HOME", str(tmp_path / "account"))
    monkeypatch.chdir(work)
    named, home = str(tmp_path / "named" / "endpoint.json"), str(tmp_path / "home")
    assert find_place({"WATTEST_ENDPOINT": named, "WATTEST_HOME": home}).port == 1
    assert find_place({"WATTEST_HOME": home}).port == 2
    assert find_place({}).port == 3
    monkeypatch.chdir(tmp_path)
    assert find_place({}).port == 4


@pytest.mark.parametrize("profile", ["{", "[]", "{}", '{"home": 1}'])
def test_a_profile_that_names_no_folder_leaves_the_account(tmp_path, monkeypatch, profile):
    (tmp_path / "wattest.json").write_text(profile)
    monkeypatch.setenv("HOME", str(tmp_path / "account"))
    monkeypatch.chdir(tmp_path)
    with pytest.raises(Away, match="account"):
        find_place({})
    endpoint(tmp_path / "account" / ".wattest", 4)
    assert find_place({}).port == 4
