"""The files of `examples/schedule/`: each is what its place takes, and none lets runs overlap."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import kubernetes_validate  # type: ignore[import-untyped]
import yaml

from tests.docs.pages import DOCS, ROOT

FOLDER = ROOT / "examples" / "schedule"
WORKFLOW = FOLDER / ".github" / "workflows" / "copernica.yml"
BIN = Path(sys.executable).parent
COMMAND = "meltano run tap-copernica target-postgres"


def test_the_workflow_is_one_that_github_takes_and_its_linters_find_nothing() -> None:
    quiet = ["--quiet", "--offline", "--no-progress", "--persona=pedantic"]
    linters = {
        "check-jsonschema": ["--builtin-schema", "vendor.github-workflows", str(WORKFLOW)],
        "zizmor": [*quiet, str(FOLDER / ".github")],
    }
    for name, words in linters.items():
        done = subprocess.run([BIN / name, *words], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr


def test_the_workflow_waits_for_the_run_before_and_keeps_its_state() -> None:
    workflow = yaml.safe_load(WORKFLOW.read_text("utf-8"))
    assert workflow["concurrency"] == {"group": "copernica", "cancel-in-progress": False}
    (job,) = workflow["jobs"].values()
    (read,) = (step for step in job["steps"] if step.get("run") == COMMAND)
    assert {"MELTANO_DATABASE_URI", "TAP_COPERNICA_ACCESS_TOKEN"} <= set(read["env"])
    actions = re.findall(r"uses: (\S+@[0-9a-f]{40} # v\S+)", WORKFLOW.read_text("utf-8"))
    ours = (ROOT / ".github" / "workflows" / "test.yml").read_text("utf-8")
    assert len(actions) == 2
    assert all(action in ours for action in actions)


def test_the_cron_job_is_one_that_kubernetes_takes_and_forbids_overlap() -> None:
    (job,) = yaml.safe_load_all((FOLDER / "cronjob.yaml").read_text("utf-8"))
    kubernetes_validate.validate(job, kubernetes_validate.latest_version(), strict=True)
    assert job["spec"]["concurrencyPolicy"] == "Forbid"
    pod: dict[str, Any] = job["spec"]["jobTemplate"]["spec"]["template"]["spec"]
    assert pod["securityContext"]["runAsNonRoot"]
    assert pod["terminationGracePeriodSeconds"] > 2
    user = f"--uid {pod['securityContext']['runAsUser']} "
    assert user in (FOLDER / "Containerfile").read_text("utf-8")


def test_the_dag_has_one_run_at_a_time_and_the_arguments_that_airflow_knows() -> None:
    tree = ast.parse((FOLDER / "copernica_dag.py").read_text("utf-8"))
    calls = {
        node.func.id: {keyword.arg: ast.unparse(keyword.value) for keyword in node.keywords}
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    }
    assert calls["DAG"]["max_active_runs"] == "1"
    assert calls["DAG"]["catchup"] == "False"
    assert COMMAND in calls["BashOperator"]["bash_command"]


def test_the_container_runs_the_pipeline_and_holds_no_token() -> None:
    text = (FOLDER / "Containerfile").read_text("utf-8")
    assert re.findall(r'"(.*?)"', text.partition("ENTRYPOINT")[2]) == COMMAND.split()
    for name in re.findall(r"^COPY (\S+) ", text, re.MULTILINE):
        assert (FOLDER / name).exists()
    assert "TOKEN" not in text


def test_every_setting_of_the_environment_has_a_plugin_that_takes_it() -> None:
    project = yaml.safe_load((FOLDER / "meltano.yml").read_text("utf-8"))
    known = {"TAP_COPERNICA_SOURCE", "MELTANO_DATABASE_URI"}
    for plugin in [*project["plugins"]["extractors"], *project["plugins"]["loaders"]]:
        prefix = plugin["name"].upper().replace("-", "_")
        known |= {f"{prefix}_{setting['name'].upper()}" for setting in plugin["settings"]}
    for path in (FOLDER / ".env.example", WORKFLOW):
        named = re.findall(
            r"^\s*((?:TAP|TARGET|MELTANO)_\w+)[=:]", path.read_text("utf-8"), re.MULTILINE
        )
        assert named
        assert set(named) <= known, path.name


def test_the_page_names_each_file_of_the_example() -> None:
    page = (DOCS / "running.md").read_text("utf-8")
    for name in (
        "copernica_dag.py",
        "cronjob.yaml",
        "Containerfile",
        ".github/workflows/copernica.yml",
    ):
        assert f"(../examples/schedule/{name})" in page
