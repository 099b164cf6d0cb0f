"""The fast tests on each Python that Magi supports: `make test-versions`. A version that is not there is skipped."""

import nox

VERSIONS = ("3.11", "3.12", "3.13")

nox.needs_version = ">=2025.2"
nox.options.default_venv_backend = "venv"
nox.options.reuse_venv = "yes"
nox.options.error_on_missing_interpreters = False


@nox.session(python=VERSIONS)
def tests(session: nox.Session) -> None:
    """Run the fast tests with the pinned packages; what follows ``--`` goes to pytest."""
    session.install("--quiet", "--require-hashes", "-r", "requirements/dev.txt")
    session.install("--quiet", "--no-deps", "--no-build-isolation", "--editable", ".")
    # As in the Makefile: without what is compiled each process of the tests compiles all of it again.
    session.run("pytest", *session.posargs, env={"PYTHONDONTWRITEBYTECODE": ""})
