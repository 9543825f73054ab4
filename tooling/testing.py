"""The tests, on whatever they are to run on, and the benchmarks."""

import contextlib
import os

from tooling.ceph import ceph
from tooling.environment import NODE, ROOT, VIPS, become, call, python, set_up
from tooling.services import postgres, started

MARKERS = {
    "--browser": "browser",
    "--examples": "examples",
    "--nginx": "nginx",
    "--s3": "s3",
    "--services": "services",
    "--vips": "vips",
}
MORE = {"--examples": NODE, "--vips": VIPS}
OPTIONS = {"--postgres", *MARKERS}


def test(arguments: list[str]) -> int:
    """Set up and run the tests (any pytest arguments); also --postgres, or one kind of others.

    Those are --services, --s3, --nginx, --browser, --examples and --vips.
    """
    asked = OPTIONS.intersection(arguments)
    set_up(development=True, more=[MORE[option] for option in sorted(asked & MORE.keys())])
    os.chdir(ROOT)
    command = pytest_command(arguments)
    if not asked & {"--postgres", "--services", "--s3"}:
        become(command, DJANGO_SETTINGS_MODULE="settings.test")
    with contextlib.ExitStack() as stack:
        variables = {"DJANGO_SETTINGS_MODULE": "settings.test"}
        if "--s3" in asked:
            # Where it is, for the tests that want it; all others keep their files on the disk.
            variables |= {**stack.enter_context(ceph()), "USE_S3_STORAGE": "False"}
        # Never those that the environment names: the tests empty what they are given.
        if "--services" in asked:
            variables |= stack.enter_context(started(named={}))
            variables["DJANGO_SETTINGS_MODULE"] = "tests.services.settings"
        elif "--postgres" in asked:
            variables["DATABASE_URL"] = stack.enter_context(postgres())
        return call(command, **variables)


def pytest_command(arguments: list[str]) -> list[str]:
    """Return how to run pytest for these arguments of ours and its own."""
    options = [argument for argument in arguments if argument not in OPTIONS]
    markers = [marker for option, marker in MARKERS.items() if option in arguments]
    if markers and not any(option.startswith("-m") for option in options):
        options = ["-m", " or ".join(markers), *options]
    # Tests on the services share one Valkey, and their workers want the cores for themselves. So
    # do an S3 and a browser on this machine.
    alone = not {"--pdb", "--services", "--s3", "--browser", "--examples"}.isdisjoint(arguments)
    in_parallel = [] if alone else ["-n", str(min(os.cpu_count() or 1, 8))]
    return python("-m", "pytest", *in_parallel, *options)


def bench(arguments: list[str]) -> int:
    """Set up and run the benchmarks (any arguments of theirs)."""
    set_up(development=True)
    os.chdir(ROOT)
    become(python("-m", "benchmarks", *arguments))
