"""A Slurm of the tests' own: one computer, two jobs at a time, its files in a scratch folder, gone when they end."""

from __future__ import annotations

import contextlib
import getpass
import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

PROGRAMS = ("slurmctld", "slurmd", "sbatch", "squeue", "scancel")
_SETTINGS = """\
ClusterName=tests
SlurmctldHost={host}(127.0.0.1)
AuthType=auth/none
CredType=cred/none
SlurmUser={user}
SlurmdUser={user}
SlurmctldPort={controller}
SlurmdPort={daemon}
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
AccountingStorageType=accounting_storage/none
JobAcctGatherType=jobacct_gather/none
MpiDefault=none
KillWait=2
SchedulerParameters=batch_sched_delay=0,sched_min_interval=1000
ReturnToService=2
NodeName={host} NodeAddr=127.0.0.1 CPUs={cpus} RealMemory=2000 State=UNKNOWN
PartitionName=short Nodes={host} Default=YES MaxTime=INFINITE OverSubscribe=FORCE:2 State=UP
"""


class NoSlurm(RuntimeError):
    """Its programs are not here, or do not start; the text says why."""


@contextlib.contextmanager
def started() -> Iterator[str]:
    """Within it, a Slurm whose settings file, the value of SLURM_CONF, this gives. Raises :class:`NoSlurm`."""
    missing = [name for name in PROGRAMS if shutil.which(name) is None]
    if missing:
        raise NoSlurm(f"{missing[0]} is not here")
    folder = Path(tempfile.mkdtemp(prefix="gananomaly-slurm-"))
    for name in ("state", "spool"):
        (folder / name).mkdir()
    settings, host = folder / "slurm.conf", socket.gethostname().partition(".")[0]
    controller, daemon = _free_ports(2)
    facts = {"host": host, "user": getpass.getuser(), "controller": controller, "daemon": daemon, "folder": folder}
    settings.write_text(_SETTINGS.format(cpus=os.cpu_count(), **facts))
    environment = {**os.environ, "SLURM_CONF": str(settings)}
    children = []
    try:
        with open(folder / "log", "wb") as log:
            for program in ("slurmctld", "slurmd"):
                command = [program, "-D"]
                children.append(subprocess.Popen(command, env=environment, stdout=log, stderr=log, cwd=folder))
            _wait(environment, children, folder / "log")
            yield str(settings)
    finally:
        subprocess.run(["scancel", "--full", "--user", getpass.getuser()], env=environment, capture_output=True)
        for child in reversed(children):
            child.terminate()
        for child in children:
            with contextlib.suppress(subprocess.TimeoutExpired):
                child.wait(20)
            child.kill()
        shutil.rmtree(folder, ignore_errors=True)


def _free_ports(count: int) -> list[int]:
    with contextlib.ExitStack() as stack:
        held = [stack.enter_context(socket.socket()) for _ in range(count)]
        for one in held:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in held]


def _wait(environment: dict[str, str], children: list[subprocess.Popen[bytes]], log: Path) -> None:
    for _again in range(300):
        if any(child.poll() is not None for child in children):
            break
        told = subprocess.run(["sinfo", "--noheader", "-o", "%T"], env=environment, capture_output=True, text=True)
        if told.stdout.strip().startswith("idle"):
            return
        time.sleep(0.1)
    raise NoSlurm(f"Slurm does not start here: {log.read_text(errors='replace')[-500:]}")
