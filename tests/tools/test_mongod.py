"""The database of one's own: found, started, stopped, and clear words where it cannot be."""

import socket
from pathlib import Path

import pytest

from tools.mongod import find_mongod, free_port, running_mongod


def test_variable_names_the_server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    server = tmp_path / "my-mongod"
    server.touch(mode=0o755)
    monkeypatch.setenv("MONGOD", str(server))
    assert find_mongod() == server


def test_server_answers_and_ends(tmp_path: Path) -> None:
    port = free_port()
    with running_mongod(tmp_path / "db", port) as server, socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", port)) == 0
    assert server.returncode == 0
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", port)) != 0


def test_taken_folder_is_one_sentence(tmp_path: Path) -> None:
    with running_mongod(tmp_path / "db", free_port()), pytest.raises(RuntimeError) as error:
        with running_mongod(tmp_path / "db", free_port()):
            pass
    assert str(tmp_path / "db.log") in str(error.value)
