"""Airflow 3: read Copernica into PostgreSQL every hour. Copy it into the DAG folder.

The project (`meltano.yml` of this folder) is installed in ``PROJECT`` on the workers, with Meltano in a
``.venv`` of its own. Token and addresses come from the workers' environment.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from airflow.providers.standard.operators.bash import BashOperator
from airflow.sdk import DAG

PROJECT = "/opt/copernica"

with DAG(
    dag_id="copernica",
    schedule="7 * * * *",
    start_date=datetime(2026, 1, 1),  # noqa: DTZ001 - Airflow's own zone
    catchup=False,  # a run reads all that is new, however long the last one is ago
    max_active_runs=1,  # runs of one account must not overlap
    default_args={"retries": 2, "retry_delay": timedelta(minutes=5)},
) as dag:
    BashOperator(
        task_id="read",
        bash_command=".venv/bin/meltano run tap-copernica target-postgres",
        cwd=PROJECT,
        append_env=True,
        execution_timeout=timedelta(hours=6),
    )
