"""Runs the frontend's pure modules in Node, where they need no browser."""

import json
import shutil
import subprocess
from typing import Any

from frontend_parts import FRONTEND, Run
import pytest

_LIMIT_S = 30


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Runs a script that may import the card's modules, and those of the phone's page from `phone/`.

    Its keywords are what `given` holds in the script; what the script returns is returned.
    """
    node = shutil.which("node")
    if node is None:
        pytest.skip("Node is not installed (Debian: nodejs)")
    folder = tmp_path_factory.mktemp("modules")
    # Beside them a note that they are modules, which a browser is told by whoever loads them.
    (folder / "package.json").write_text('{"type": "module"}')
    for path in [*FRONTEND.glob("*.js"), *FRONTEND.glob("phone/*.js")]:
        copy = folder / path.relative_to(FRONTEND)
        copy.parent.mkdir(exist_ok=True)
        shutil.copyfile(path, copy)

    def running(source: str, **values: Any) -> Any:
        heads, _, body = source.rpartition("---")
        script = (
            f"{heads}\nimport {{ readFileSync }} from 'node:fs';\nconst given = JSON.parse(readFileSync(0, 'utf8'));\n"
        )
        script += (
            f"const told = await (async (given) => {{ {body} }})(given);\nconsole.log(JSON.stringify(told ?? null));\n"
        )
        (folder / "script.js").write_text(script)
        done = subprocess.run(
            [node, "script.js"],
            input=json.dumps(values),
            capture_output=True,
            text=True,
            cwd=folder,
            timeout=_LIMIT_S,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    return running
