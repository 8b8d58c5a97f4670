"""docs/conformance.md: what the run saw, operation by operation."""

import harness

PAGE = harness.ROOT / "docs/conformance.md"

HEAD = """\
# Conformance

Made by `./dev conformance --write`; the test `conformance.contract` fails where a run sees something else. Nobody of us
wrote what we are measured against: the description of the API (`tests/conformance/openapi-sdk-5.66.1.yaml`, derived from the
official SDK), prism {prism} and the official SDK `retell-sdk` {sdk}.

- **client**: our client called the operation, prism's mock found nothing wrong with the request, and the client read the answer.
- **simulator**: our client called it on `retell-simulator` and got the documented success.
- **contract**: prism stood between the two and found nothing in request and answer that is not as described.

| | ok | excused | of |
|---|---:|---:|---:|
"""

EXCUSES = """
What prism cannot judge, and what judges instead (each in `tests/conformance/`):

- ¹ An upload with a file ends prism itself. The request is compared field by field with the one the official SDK makes of the
  same upload (`test_contract.py`, `test_uploads_are_what_the_sdk_sends`); the answer is held against the same description by
  the validator prism uses (`test_answers_to_uploads_are_as_described`).
- ² publish is answered by nothing, which prism takes for cut JSON. The three known ways of answering by nothing are looked at
  directly (`test_sdk.py`, `test_publish_is_answered_by_nothing`); the request is judged by the mock like any other.
"""


def render(versions, operations, client, simulator, contract):
    """`client`, `simulator`, `contract`: operation -> "ok", "excused ¹" or what went wrong."""
    columns = {"client": client, "simulator": simulator, "contract": contract}
    page = HEAD.format(**versions)
    for name, column in columns.items():
        marks = [column[o["name"]] for o in operations]
        page += f"| {name} | {marks.count('ok')} | {sum(m.startswith('excused') for m in marks)} | {len(marks)} |\n"
    page += EXCUSES + "\n| operation | | client | simulator | contract |\n|---|---|---|---|---|\n"
    for o in operations:
        marks = [column[o["name"]] for column in columns.values()]
        page += f"| {o['name']} | `{o['method']} {o['path']}` | {' | '.join(marks)} |\n"
    return page
