"""How the work is set up: what Celery is told, what the web process never loads, the command that makes reports."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from django.core.management import CommandError, call_command

from commitments import tasks
from commitments.management.commands.run import worker_command
from commitments.models.report import IssuedReport, Report
from commitments.reports import build
from declaration_tracker.celery import app
from tests.product import environment, load, run_python

SERVE = """
from django.core.management import call_command
from django.test import Client
call_command("collectstatic", interactive=False, verbosity=0)
client = Client(SERVER_NAME="localhost")
for address in ("/", "/reports/", "/reports/new/", "/api/v1/reports/", "/declarations/sco-afg-2009/"):
    assert client.get(address).status_code in (200, 302), address
print(sorted(name for name in ("weasyprint", "pydyf", "docx", "openpyxl") if name in sys.modules))
"""


def test_celery_confirms_late_gives_back_what_a_lost_worker_had_and_takes_json_alone() -> None:
    conf = app.conf
    assert conf.task_acks_late and conf.task_reject_on_worker_lost and conf.worker_prefetch_multiplier == 1
    assert conf.accept_content == ["json"] and conf.task_serializer == "json" and conf.task_ignore_result
    assert 0 < conf.task_soft_time_limit < conf.task_time_limit
    assert conf.beat_schedule["reconcile"]["schedule"] == 30


@pytest.mark.engineless
def test_an_embedded_worker_finds_the_next_report_at_once(tmp_path: Path) -> None:
    """Each report asks for the next by a message; with kombu's second between two looks, 51 of them waited most of a minute."""
    asked = "from declaration_tracker.celery import app; print(app.connection().transport.polling_interval)"
    assert float(run_python(environment(tmp_path, 1), asked)) <= 0.2


@pytest.mark.engineless
def test_the_containers_start_the_worker_that_run_starts() -> None:
    """The storms kill that one."""
    services = yaml.safe_load(Path("docker-compose.yml").read_text())["services"]
    assert services["worker"]["command"].split() == ["celery", *worker_command(embedded=False)[3:]]


@pytest.mark.engineless
def test_who_asks_a_queue_that_is_full_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    assert tasks.nudge(tasks.deliver) is False


@pytest.mark.engineless
@pytest.mark.processes
def test_the_web_process_loads_nothing_that_sets_a_pdf(tmp_path: Path) -> None:
    env = environment(tmp_path, 1)
    load(env)
    loaded = run_python(env, SERVE)
    assert "weasyprint" not in loaded and "pydyf" not in loaded


@pytest.mark.django_db
def test_a_report_is_made_from_the_command_line(capsys: Any, settings: Any, tmp_path: Path) -> None:
    settings.REPORTS_DIR = tmp_path
    asked = {"scope": "section=narcotics", "start": "2014-01-01", "end": "2014-12-31", "language": ["ru"]}
    call_command("compile_reports", **asked, format=["html", "json"])
    told = capsys.readouterr().out
    issued = IssuedReport.objects.get(period_end="2014-12-31", schedule__cadence="once")
    assert issued.scope == {"section": "narcotics"} and f"{issued.pk}: ready" in told
    assert {path.name for path in build.folder_of(issued.pk).iterdir()} == {"report.html", "report.json"}
    assert Report.objects.filter(state="due").exists()  # the others were not asked for
    for wrong, field in (
        (asked | {"end": "2014-13-01"}, "end"),
        (asked | {"scope": "section=x"}, "scope"),
        (asked | {"end": ""}, "--to"),
    ):
        with pytest.raises(CommandError, match=field):
            call_command("compile_reports", **wrong)
