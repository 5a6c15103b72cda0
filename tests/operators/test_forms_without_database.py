"""Forms say in one sentence that the database has gone between two clicks."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tools.mongod import free_port, running_mongod, stop

# Opens all forms twice; between the two it waits for a line from outside.
WORKER = """
import json
import sys
import fiftyone as fo
import fiftyone.operators as foo
import numpy as np
from fiftyone.operators.executor import ExecutionContext, Executor

operators = [one for one in foo.list_operators() if one.uri.startswith("@autolabel/gcn/")]
from fiftyone.plugins.orgs.autolabel.gcn.operators import cluster_images, confirm_clusters

rows = np.eye(8, dtype=np.float32)[[0, 0, 0, 1, 1, 1]] + 0.01
dataset = fo.Dataset("gone", persistent=True)
dataset.add_samples(fo.Sample(filepath=f"{i}.png", vectors=row) for i, row in enumerate(rows))
cluster_images(dataset, embeddings_field="vectors")
confirm_clusters(dataset, ["c00000"])

def context(uri):
    request = {"dataset_name": "gone", "operator_uri": uri, "params": {}}
    return ExecutionContext(request_params=request, executor=Executor(), operator_uri=uri)

def messages(operator, ctx):
    form = operator.resolve_input(ctx)
    if form is None:
        return None
    inputs = form.to_json()["type"]["properties"]
    return [one["error_message"] for one in inputs.values() if one["invalid"]]

operators = {one.config.name: one for one in operators if one.config.name != "cluster_review"}
contexts = {name: context(one.uri) for name, one in operators.items()}
opened = {name: messages(one, contexts[name]) for name, one in operators.items()}
print("opened", flush=True)
sys.stdin.readline()
found = {name: messages(one, contexts[name]) for name, one in operators.items()}
merge = operators["merge_clusters"]
found["anew"] = messages(merge, context(merge.uri))
print(json.dumps([opened, found]), flush=True)
"""


def test_forms_say_in_one_sentence_that_the_database_is_gone(
    mongod: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    port = free_port()
    uri = f"mongodb://127.0.0.1:{port}/?serverSelectionTimeoutMS=200"
    monkeypatch.setenv("FIFTYONE_DATABASE_URI", uri)
    pipes: dict[str, Any] = {"stdin": -1, "stdout": -1, "stderr": -1, "text": True}
    with (
        running_mongod(tmp_path / "db", port) as server,
        subprocess.Popen([sys.executable, "-c", WORKER], **pipes) as worker,
    ):
        assert worker.stdout
        assert worker.stdout.readline() == "opened\n"
        stop(server)
        output, errors = worker.communicate("go on\n", timeout=120)
    assert worker.returncode == 0, errors
    opened, found = json.loads(output)
    # What reads nothing from the database is as it was.
    changed = {name: said for name, said in found.items() if said != opened.get(name)}
    assert len(changed) > 12
    assert {"merge_clusters", "undo_correction", "cluster_images", "anew"} <= set(changed)
    for said in changed.values():
        assert len(said) == 1
        assert said[0].startswith("The connection to the database was lost while ")
        assert "; once it is back, " in said[0]
        assert "\n" not in said[0]
