"""Journals reach a real MLflow store: whole, once, in whatever pieces, and however late."""

import json
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from socket import create_server
from typing import Any

import pytest
from mlflow import MlflowClient
from mlflow.entities import Run, ViewType

from sweeps import delivery
from sweeps.consignment import Consignment
from sweeps.delivery import Delivery
from sweeps.launches import LaunchRecord
from sweeps.plan import Decision
from sweeps.records import Ended, Metrics, Restored, Started, Summary
from sweeps.state import Outcome, RunState

SHA256 = "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888"
BEGAN_MS = 1_700_000_000_000


class Place:
    """An experiment of the store, as its readers see it."""

    def __init__(self, uri: str, experiment: str) -> None:
        self.uri = uri
        self.experiment = experiment
        self.client = MlflowClient(uri)

    def deliver(self, made: Any) -> Delivery:
        """Launch it once more, with nothing that runs; everything is there at the end."""
        return self.deliver_launch(made, made.launch(self.uri, self.experiment))

    def deliver_launch(self, made: Any, launch: LaunchRecord) -> Delivery:
        with Delivery(Consignment.of(made.plan, made.store, launch)) as one:
            pass
        return one

    def runs(self, kind: str = "run") -> dict[str, Run]:
        found = self.client.get_experiment_by_name(self.experiment)
        listed = self.client.search_runs(
            [found.experiment_id], f"tags.`sweeps.kind` = '{kind}'", ViewType.ALL
        )
        assert len({run.info.run_name for run in listed}) == len(listed)
        return {str(run.info.run_name): run for run in listed}

    def curve(self, name: str, metric: str) -> list[tuple[int, int, float]]:
        run_id = self.runs()[name].info.run_id
        points = self.client.get_metric_history(run_id, metric)
        return sorted((point.step, point.timestamp, point.value) for point in points)

    def text(self, run: Run, path: str) -> str:
        file = self.client.download_artifacts(run.info.run_id, path)
        return Path(file).read_text(encoding="utf-8")

    def contents(self) -> dict[str, Any]:
        """All that a reader can see of the runs, less what differs between two stores."""
        seen = {}
        for name, run in self.runs().items():
            keys = sorted(run.data.metrics)
            tags = {k: v for k, v in run.data.tags.items() if k != "mlflow.parentRunId"}
            info = (run.info.status, run.info.start_time, run.info.end_time)
            curves = {key: self.curve(name, key) for key in keys}
            files = sorted(one.path for one in self.client.list_artifacts(run.info.run_id))
            seen[name] = (info, run.data.params, tags, curves, files)
        return seen


@pytest.fixture
def place(mlflow_uri: str, request: pytest.FixtureRequest) -> Place:
    return Place(mlflow_uri, request.node.name)


def finished(made: Any, *names: str) -> Any:
    for number, name in enumerate(names, 1):
        made.write(name, *made.begin(name), *made.curves(1, 5), *made.finish(5, 0.1 * number))
    return made


def wait_for(condition: Callable[[], bool], seconds: float = 20.0) -> None:
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, "waited in vain"
        time.sleep(0.05)


def test_a_finished_run_is_there_with_all_that_its_journal_says(three: Any, place: Place) -> None:
    three.write(
        "tanh",
        *three.begin("tanh"),
        *three.curves(1, 3),
        three.artifact("tanh", "epoch,loss\n"),
        *three.finish(3, 0.25, accuracy=0.875),
    )
    assert place.deliver(three).problem is None
    run = place.runs()["tanh"]
    assert run.info.status == "FINISHED"
    assert (run.info.start_time, run.info.end_time) == (BEGAN_MS, BEGAN_MS + 3500)
    assert run.data.params == {"activation": "tanh"}
    assert place.curve("tanh", "train_loss") == [
        (step, BEGAN_MS + 1000 * step, 1 / (step + 1)) for step in (1, 2, 3)
    ]
    once = {"test_accuracy": 0.875, "best_epoch": 3.0, "seconds": 3.0, "value": 0.25}
    assert run.data.metrics == once | {"validation_loss": 1 / 3, "train_loss": 0.25}
    tags = run.data.tags
    assert tags["mlflow.parentRunId"] == place.runs("sweep")["three activations"].info.run_id
    assert tags["sweeps.identity"] == three.job("tanh").identity
    assert tags["sweeps.repeat"] == "tanh"
    assert tags["sweeps.code"] == "c0de"
    assert tags["input.fashion_mnist"] == SHA256
    assert tags["version.blas"] == "openblas 0.3.31 Haswell"
    (logged,) = run.inputs.dataset_inputs
    assert (logged.dataset.name, logged.dataset.digest) == ("fashion_mnist", SHA256[:36])
    assert json.loads(logged.dataset.source)["sha256"] == SHA256
    assert {tag.key: tag.value for tag in logged.tags} == {"mlflow.data.context": "training"}
    assert place.text(run, "tables/curves.csv") == "epoch,loss\n"


def test_the_parent_tells_command_counts_best_and_files(three: Any, place: Place) -> None:
    finished(three, "tanh", "relu")
    three.write("sigmoid", *three.begin("sigmoid"), *three.fail(2, "the loss became nan"))
    place.deliver(three)
    parent = place.runs("sweep")["three activations"]
    assert parent.info.status == "FAILED"
    assert parent.data.tags["mlflow.note.content"].startswith("python -m mlp.run -m")
    assert parent.data.tags["mlflow.source.git.commit"] == "abc"
    wanted = {"finished": 2.0, "failed": 1.0, "interrupted": 0.0, "best_validation_loss": 0.1}
    assert wanted.items() <= parent.data.metrics.items()
    assert place.text(parent, "dirty.diff") == "-a\n+b\n"
    assert "numpy==2.4" in place.text(parent, "versions.txt")
    table = place.text(parent, "runs.csv").splitlines()
    assert [line.split(",")[0] for line in table] == ["run", "tanh", "relu", "sigmoid"]
    assert "| tanh | 0.1000 | 88.00 |" in place.text(parent, "table.md")


def test_a_run_ends_as_it_ended(three: Any, place: Place, tmp_path: Path) -> None:
    log = tmp_path / "job.log"
    log.write_text("step 2: loss nan\n", encoding="utf-8")
    three.write("tanh", *three.begin("tanh"), *three.fail(2, "the loss became nan", str(log)))
    stopped = Ended(BEGAN_MS + 9000, Outcome(RunState.INTERRUPTED, reason="stopped"))
    three.write("sigmoid", *three.begin("sigmoid"), stopped)
    three.write("relu", *three.begin("relu"), *three.curves(1, 4))  # its worker was killed
    place.deliver(three)
    runs = place.runs()
    assert {name: run.info.status for name, run in runs.items()} == {
        "tanh": "FAILED",
        "sigmoid": "KILLED",
        "relu": "KILLED",
    }
    assert runs["tanh"].data.tags["sweeps.reason"] == "the loss became nan"
    assert place.text(runs["tanh"], "job.log") == "step 2: loss nan\n"
    assert runs["relu"].info.end_time == BEGAN_MS + 4000
    assert place.runs("sweep")["three activations"].info.status == "FAILED"


def test_curves_appear_while_the_run_goes_on(three: Any, place: Place) -> None:
    launch = three.launch(place.uri, place.experiment)
    with Delivery(Consignment.of(three.plan, three.store, launch)):
        three.write("tanh", *three.begin("tanh"), *three.curves(1, 2))
        wait_for(lambda: place.client.get_experiment_by_name(place.experiment) is not None)
        wait_for(lambda: "train_loss" in place.runs().get("tanh", _Nothing).data.metrics)
        run = place.runs()["tanh"]
        assert run.info.status == "RUNNING"
        assert [step for step, _, _ in place.curve("tanh", "train_loss")] == [1, 2]
        three.write("tanh", *three.curves(3, 4), *three.finish(4, 0.2))
    assert [step for step, _, _ in place.curve("tanh", "train_loss")] == [1, 2, 3, 4]


class _Nothing:
    class data:  # noqa: N801
        metrics: tuple[str, ...] = ()


def test_piece_by_piece_equals_at_once(make_sweep: Any, mlflow_uri: str) -> None:
    swept = [{"activation": "tanh"}, {"activation": "relu"}]
    pieces = make_sweep(swept)
    journal = {}
    for name in ("tanh", "relu"):
        records = [*pieces.begin(name), *pieces.curves(1, 6), *pieces.finish(6, 0.3)]
        journal[name] = records
    bit_by_bit = Place(mlflow_uri, "piece by piece")
    for start in range(0, 9, 3):
        for name, records in journal.items():
            pieces.write(name, *records[start : start + 3])
        bit_by_bit.deliver(pieces)
    at_once = Place(mlflow_uri, "at once")
    at_once.deliver(pieces)
    assert bit_by_bit.contents() == at_once.contents()


@pytest.mark.parametrize("forget", ["nothing", "cursors", "part"])
def test_delivering_again_changes_nothing(three: Any, place: Place, forget: str) -> None:
    three.write("tanh", *three.begin("tanh"), *three.curves(1, 2))
    place.deliver(three)
    early = {path: path.read_bytes() for path in three.store.root.rglob("delivered-*")}
    assert len(early) == 1
    three.write("tanh", *three.curves(3, 5), *three.finish(5, 0.2))
    place.deliver(finished(three, "sigmoid"))
    before = place.contents()
    for path in three.store.root.rglob("delivered-*"):
        if forget == "cursors":
            path.unlink()
        elif forget == "part" and path in early:
            path.write_bytes(early[path])
    place.deliver(three.decided(Decision.REUSE))
    assert place.contents() == before
    assert len(place.runs("sweep")) == 1


def test_a_resumed_run_goes_on_in_its_own_run(three: Any, place: Place) -> None:
    three.write("tanh", *three.begin("tanh"), *three.curves(1, 4), *three.fail(4, "killed"))
    place.deliver(three)
    first = place.runs()["tanh"]
    again = Started(BEGAN_MS + 60_000, pid=2, host="here", launch="b")
    same = [replace(one, time_ms=one.time_ms + 60_000) for one in three.curves(4, 4)]
    three.write("tanh", three.job("tanh").definition, again, Restored(BEGAN_MS + 60_000, 3))
    three.write("tanh", *same, *three.curves(5, 6), *three.finish(60, 0.2))
    place.deliver(three)
    run = place.runs()["tanh"]
    assert run.info.run_id == first.info.run_id
    assert run.info.status == "FINISHED"
    assert run.data.tags["sweeps.attempts"] == "2"
    steps = [step for step, _, _ in place.curve("tanh", "train_loss")]
    assert steps == [1, 2, 3, 4, 5, 6]  # the fourth once, though it was made twice


def test_a_used_run_keeps_its_parent(three: Any, place: Place) -> None:
    place.deliver(finished(three, "tanh", "sigmoid", "relu"))
    place.deliver(three.renamed("another").decided(Decision.REUSE))
    parents = place.runs("sweep")
    first, second = (parents[name].info.run_id for name in ("three activations", "another"))
    for run in place.runs().values():
        assert run.data.tags["mlflow.parentRunId"] == first
        assert run.data.tags["sweeps.sweep"] == "sweepkey"
        assert run.data.tags["sweeps.used_by.another"] == second


def test_another_sweep_delivers_a_run_to_the_parent_that_first_trained_it(
    three: Any, place: Place
) -> None:
    place.deliver(three)  # its own run is there, and then the others of it were trained elsewhere
    finished(three, "tanh")
    place.deliver(three.renamed("another").decided(Decision.REUSE))
    run = place.runs()["tanh"]
    assert run.data.tags["sweeps.sweep"] == "sweepkey"
    first = place.runs("sweep")["three activations"].info.run_id
    assert run.data.tags["mlflow.parentRunId"] == first
    assert "sweeps.used_by.another" in run.data.tags


def test_a_run_is_no_orphan_in_a_store_without_its_first_sweep(three: Any, place: Place) -> None:
    finished(three, "tanh")
    place.deliver(three.renamed("another").decided(Decision.REUSE))
    parent = place.runs("sweep")["another"].info.run_id
    assert place.runs()["tanh"].data.tags["mlflow.parentRunId"] == parent


def test_finished_runs_reach_another_store_without_training(three: Any, mlflow_uri: str) -> None:
    one, other = Place(mlflow_uri, "the first place"), Place(mlflow_uri, "a later place")
    one.deliver(finished(three, "tanh", "sigmoid", "relu"))
    other.deliver(three.decided(Decision.REUSE))
    assert other.contents() == one.contents()


def test_what_the_user_deleted_is_not_delivered_again(three: Any, place: Place) -> None:
    place.deliver(finished(three, "tanh", "relu"))
    deleted = place.runs()["relu"].info.run_id
    place.client.delete_run(deleted)
    for path in three.store.root.rglob("delivered-*"):
        path.unlink()
    assert place.deliver(three.decided(Decision.REUSE)).problem is None
    assert place.runs()["relu"].info.run_id == deleted
    assert place.runs()["relu"].info.lifecycle_stage == "deleted"


def test_numbers_that_are_not_finite_are_delivered_once(three: Any, place: Place) -> None:
    odd = [float("nan"), float("inf"), -float("inf")]
    metrics = [Metrics(BEGAN_MS + step, step, {"loss": odd[step]}) for step in range(3)]
    end = [Summary(BEGAN_MS + 5, {"test_loss": float("nan")}), *three.finish(3, float("nan"))]
    three.write("tanh", *three.begin("tanh"), *metrics, *end)
    three.write("relu", *three.begin("relu"), *three.finish(3, 0.5))
    for _ in range(2):
        assert place.deliver(three).problem is None
        for path in three.store.root.rglob("delivered-*"):
            path.unlink()
    values = [value for _, _, value in place.curve("tanh", "loss")]
    assert len(values) == 3
    assert values[0] != values[0]
    assert values[1:] == [1.7976931348623157e308, -1.7976931348623157e308]  # MLflow's infinity
    parent = place.runs("sweep")["three activations"]
    assert parent.data.metrics["best_validation_loss"] == 0.5


def test_an_absent_server_holds_nobody_up_and_gets_all_later(
    three: Any, place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivery, "_PAUSE_SECONDS", 0.02)
    with create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    launch = three.launch(f"http://127.0.0.1:{port}", place.experiment)
    began = time.monotonic()
    with Delivery(Consignment.of(three.plan, three.store, launch)) as away:
        finished(three, "tanh", "relu")
        wait_for(lambda: away.problem is not None)
    assert time.monotonic() - began < 10
    assert away.problem is not None
    assert f"http://127.0.0.1:{port}" in away.problem
    assert "2 runs wait for delivery" in away.problem
    assert "\n" not in away.problem
    assert place.deliver(three.decided(Decision.REUSE)).problem is None
    assert sorted(place.runs()) == ["relu", "tanh"]


def test_two_launches_that_deliver_at_once_make_each_run_once(
    three: Any, place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    finished(three, "tanh", "relu", "sigmoid")
    find = delivery.Tracking.find

    def slowly(self: Any, tags: Any) -> Any:
        found = find(self, tags)
        time.sleep(0.2)  # the other looks for it too, before it is made
        return found

    monkeypatch.setattr(delivery.Tracking, "find", slowly)
    decided = three.decided(Decision.REUSE)
    launches = [decided.launch(place.uri, place.experiment) for _ in range(2)]
    both = [
        threading.Thread(target=place.deliver_launch, args=(decided, launch)) for launch in launches
    ]
    for one in both:
        one.start()
    for one in both:
        one.join()
    assert sorted(place.runs()) == ["relu", "sigmoid", "tanh"]  # of one name there is one
    assert len(place.runs("sweep")) == 1


def test_a_store_that_comes_back_during_the_sweep_gets_all(
    three: Any, place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivery, "_PAUSE_SECONDS", 0.02)
    real = delivery.Tracking.log
    failures = iter([OSError("disk I/O error")] * 2)

    def unsteady(self: Any, run_id: str, **all_of_it: Any) -> None:
        real(self, run_id, **all_of_it)  # the answer is lost, not the points: the worst case
        for failure in failures:
            raise failure

    monkeypatch.setattr(delivery.Tracking, "log", unsteady)
    with Delivery(
        Consignment.of(three.plan, three.store, three.launch(place.uri, place.experiment))
    ) as one:
        finished(three, "tanh", "relu")
    assert one.problem is None
    for name in ("tanh", "relu"):
        assert len(place.curve(name, "train_loss")) == 5
        assert place.runs()[name].info.status == "FINISHED"


def test_one_run_that_cannot_be_delivered_keeps_no_other_from_it(
    three: Any, place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivery, "_PAUSE_SECONDS", 0.02)
    finished(three, "tanh", "sigmoid", "relu")
    real = delivery.Child.deliver

    def refusing(self: Any, *told: Any) -> None:
        if self.identity.endswith("sigmoid"):
            msg = "no such thing"
            raise ValueError(msg)
        real(self, *told)

    monkeypatch.setattr(delivery.Child, "deliver", refusing)
    one = place.deliver(three)
    assert one.problem is not None
    assert "no such thing" in one.problem
    assert "1 run waits" in one.problem
    assert sorted(place.runs()) == ["relu", "tanh"]
    assert place.runs("sweep")["three activations"].info.status == "FINISHED"


def test_a_widened_grid_keeps_its_parent(make_sweep: Any, place: Place) -> None:
    narrow = make_sweep([{"activation": "tanh"}])
    place.deliver(finished(narrow, "tanh"))
    parent = place.runs("sweep")["three activations"]
    wide = make_sweep([{"activation": "tanh"}, {"activation": "relu"}])
    place.deliver(finished(wide, "relu"))
    again = place.runs("sweep")["three activations"]
    assert again.info.run_id == parent.info.run_id
    assert again.data.metrics["finished"] == 2
    assert {r.data.tags["mlflow.parentRunId"] for r in place.runs().values()} == {again.info.run_id}


def test_long_values_are_cut_and_kept_whole_beside(make_sweep: Any, place: Place) -> None:
    long = "x" * 7000
    made = make_sweep([{"activation": "tanh"}])
    (job,) = made.plan.jobs
    definition = replace(job.definition, params={"activation": "tanh", "notes@a": long})
    begin = [definition, *made.begin("tanh")[1:]]
    made.write("tanh", *begin, *made.finish(1, 0.5))
    assert place.deliver(made).problem is None
    run = place.runs()["tanh"]
    assert run.data.params["notes_a"] == long[:6000]
    assert json.loads(place.text(run, "long_params.json")) == {"notes@a": long}
