"""The main job: a folder of files and an account, kept in step."""
import json
from dataclasses import dataclass, field
from typing import Any, Callable, Dict, Iterable, List, Mapping, Optional, Tuple, Union

from .aio import AsyncClient
from .client import Client, Progress
from .errors import fail
from ._library import lib

__all__ = ["Sync", "AsyncSync", "PullReport", "Plan", "ApplyReport", "Export"]


@dataclass(frozen=True)
class PullReport:
    agents: int
    llms: int
    flows: int
    numbers: int
    tools: int
    files_written: int
    conflicts: List[Any]
    notes: List[Any]
    document: Dict[str, Any] = field(repr=False)    #: all of it, docs/requests.md


@dataclass(frozen=True)
class Plan:
    empty: bool
    digest: Optional[str]
    units: List[Dict[str, Any]]
    conflicts: List[Any]
    guards: List[Any]
    notes: List[Any]
    text: str = field(repr=False)    #: the plan as it came: this is what apply() gives back
    document: Dict[str, Any] = field(repr=False)


@dataclass(frozen=True)
class ApplyReport:
    release: Optional[str]      #: "r7"; None: there was nothing to do
    state: Optional[str]
    reverts: Optional[str]
    units: List[Dict[str, Any]]
    conflicts: List[Any]
    notes: List[Any]
    document: Dict[str, Any] = field(repr=False)


@dataclass(frozen=True)
class Export:
    asks: List[Dict[str, Any]]          #: the secrets whoever imports it is asked for: name, used_in
    needs: Dict[str, List[str]]         #: ids that must exist there, by kind
    text: str = field(repr=False)       #: the export as it came: this is what import_() takes and a file should hold
    document: Dict[str, Any] = field(repr=False)


def _export(text: str) -> Export:
    d = json.loads(text)
    return Export(d["asks"], d["needs"], text, d)


def _pull(text: str) -> PullReport:
    d = json.loads(text)
    return PullReport(d["agents"], d["llms"], d["flows"], d["numbers"], d["tools"], d["files_written"],
                      d.get("conflicts", []), d.get("notes", []), d)


def _plan(text: str) -> Plan:
    d = json.loads(text)
    return Plan(d["empty"], d.get("digest"), d["units"], d["conflicts"], d["guards"], d.get("notes", []), text, d)


def _apply(text: str) -> ApplyReport:
    d = json.loads(text)
    return ApplyReport(d["release"], d["state"], d["reverts"], d["units"], d["conflicts"], d.get("notes", []), d)


def _named(value: str, what: str) -> str:
    """A name that must say something: an empty one must not fall to what no name means, such as the newest release."""
    if not isinstance(value, str):
        raise TypeError(f"{what} must be a str, not {type(value).__name__}")
    if not value.strip():
        fail(lib.TRUNKLINE_E_INVALID_ARGUMENT, f"{what} is empty")
    return value


Job = Tuple[str, Callable[[str], Any]]    # a request, and what its answer becomes


class _Jobs:
    """The requests of both faces."""

    def __init__(self, folder: str) -> None:
        self.folder = str(folder)

    @staticmethod
    def _request(op: str, **members: Any) -> str:
        return json.dumps({"op": op, **{k: v for k, v in members.items() if v is not None and v is not False}})

    def pull(self, adopt: Optional[str], prefer: Optional[str], dry_run: bool) -> Job:
        return self._request("pull", dir=self.folder, adopt=adopt, prefer=prefer, dry_run=dry_run), _pull

    def plan(self, title: Optional[str], allow: Iterable[str], prefer: Optional[str]) -> Job:
        return self._request("plan", dir=self.folder, title=title, allow=list(allow), prefer=prefer), _plan

    def apply(self, plan: Union[None, Plan, str], title: Optional[str], allow: Iterable[str], prefer: Optional[str],
              dry_run: bool) -> Job:
        # None alone means the folder: what is empty by accident must not release everything.
        given = None if plan is None else _named(plan.text if isinstance(plan, Plan) else plan, "a plan")
        text = self._request("apply", dir=self.folder if given is None else None, title=title, allow=list(allow),
                             prefer=prefer, dry_run=dry_run)
        if given is not None:    # as it came, because a float of Python's would spell some numbers anew
            text = text[:-1] + ', "plan": ' + given + "}"
        return text, _apply

    def rollback(self, release: Optional[str], title: Optional[str], dry_run: bool) -> Job:
        if release is not None:
            _named(release, "a release")
        return self._request("rollback", release=release, title=title, dry_run=dry_run), _apply

    def drift(self) -> Job:
        return self._request("drift"), lambda text: json.loads(text)["findings"]

    def explain(self, number: str) -> Job:
        return self._request("explain", number=number), json.loads

    def history(self) -> Job:
        return self._request("history"), lambda text: json.loads(text)["releases"]

    def show(self, release: str, journal: bool) -> Job:
        return self._request("show", release=_named(release, "a release"), journal=journal), json.loads

    def diff(self, before: str, after: str) -> Job:
        releases = {"from": _named(before, "a release"), "to": _named(after, "a release")}
        return self._request("diff", **releases), lambda text: json.loads(text)["resources"]

    def lint(self, config: Optional[Mapping[str, Any]]) -> Job:
        return self._request("lint", paths=[self.folder], config=config), json.loads

    def export(self, from_files: bool) -> Job:
        return self._request("export", dir=self.folder if from_files else None), _export

    def import_(self, export: Union[Export, str], secrets: Mapping[str, str],
                renamed: Mapping[str, Mapping[str, str]], allow: Iterable[str]) -> Job:
        text = self._request("import", dir=self.folder, secrets=secrets, renamed=renamed, allow=list(allow))
        # As it came, because a float of Python's would spell some numbers anew, and its digest is checked.
        return text[:-1] + ', "export": ' + (export if isinstance(export, str) else export.text) + "}", json.loads


class Sync:
    """Files in `folder` and the account of a client. Raises MergeConflict, Partial, GuardRefused, StalePlan and the other
    errors; `document` of the first two says what was done all the same."""

    def __init__(self, client: Client, folder: str) -> None:
        self._client = client
        self._jobs = _Jobs(folder)

    def _run(self, job: Job, on_progress: Optional[Progress] = None) -> Any:
        request, result = job
        return result(self._client.request_text(request, on_progress))

    def pull(self, *, adopt: Optional[str] = None, prefer: Optional[str] = None, dry_run: bool = False,
             on_progress: Optional[Progress] = None) -> PullReport:
        """Brings the folder up to the service, merged with edits in the files."""
        report: PullReport = self._run(self._jobs.pull(adopt, prefer, dry_run), on_progress)
        return report

    def plan(self, *, title: Optional[str] = None, allow: Iterable[str] = (), prefer: Optional[str] = None,
             on_progress: Optional[Progress] = None) -> Plan:
        """What a release would change; writes nothing."""
        plan: Plan = self._run(self._jobs.plan(title, allow, prefer), on_progress)
        return plan

    def apply(self, plan: Union[None, Plan, str] = None, *, title: Optional[str] = None, allow: Iterable[str] = (),
              prefer: Optional[str] = None, dry_run: bool = False, on_progress: Optional[Progress] = None) -> ApplyReport:
        """Releases what the files changed, or a plan made earlier, after a verified backup; resumes first."""
        report: ApplyReport = self._run(self._jobs.apply(plan, title, allow, prefer, dry_run), on_progress)
        return report

    def rollback(self, release: Optional[str] = None, *, title: Optional[str] = None, dry_run: bool = False,
                 on_progress: Optional[Progress] = None) -> ApplyReport:
        """Takes a release back; without one the newest that changed something."""
        report: ApplyReport = self._run(self._jobs.rollback(release, title, dry_run), on_progress)
        return report

    def drift(self) -> List[Dict[str, Any]]:
        """What changed at the service since the last pull or release."""
        findings: List[Dict[str, Any]] = self._run(self._jobs.drift())
        return findings

    def explain(self, number: str) -> Dict[str, Any]:
        """number -> agent -> version -> engine -> tools, and why."""
        found: Dict[str, Any] = self._run(self._jobs.explain(number))
        return found

    def history(self) -> List[Dict[str, Any]]:
        """The releases, newest first."""
        releases: List[Dict[str, Any]] = self._run(self._jobs.history())
        return releases

    def show(self, release: str, *, journal: bool = False) -> Dict[str, Any]:
        shown: Dict[str, Any] = self._run(self._jobs.show(release, journal))
        return shown

    def diff(self, before: str, after: str) -> List[Dict[str, Any]]:
        """What releases made of the account between two of them, field by field; `after` may be the older one."""
        resources: List[Dict[str, Any]] = self._run(self._jobs.diff(before, after))
        return resources

    def lint(self, config: Optional[Mapping[str, Any]] = None) -> Dict[str, Any]:
        """Checks the folder without store, key or network: documents, errors, warnings, findings."""
        report: Dict[str, Any] = self._run(self._jobs.lint(config))
        return report

    def export(self, *, from_files: bool = False) -> Export:
        """The account, or the folder as it is, as one document without ids and secrets."""
        export: Export = self._run(self._jobs.export(from_files))
        return export

    def import_(self, export: Union[Export, str], *, secrets: Mapping[str, str] = {},
                renamed: Mapping[str, Mapping[str, str]] = {}, allow: Iterable[str] = ()) -> Dict[str, Any]:
        """Writes an export into the folder, which must be new; apply() then creates what it holds. Raises Error, whose
        document["asks"] lists secrets that are not given, document["missing"] ids that the account lacks."""
        written: Dict[str, Any] = self._run(self._jobs.import_(export, secrets, renamed, allow))
        return written


class AsyncSync:
    """Sync, with methods to await."""

    def __init__(self, client: AsyncClient, folder: str) -> None:
        self._client = client
        self._jobs = _Jobs(folder)

    async def _run(self, job: Job, on_progress: Optional[Progress] = None) -> Any:
        request, result = job
        return result(await self._client.request_text(request, on_progress))

    async def pull(self, *, adopt: Optional[str] = None, prefer: Optional[str] = None, dry_run: bool = False,
                   on_progress: Optional[Progress] = None) -> PullReport:
        report: PullReport = await self._run(self._jobs.pull(adopt, prefer, dry_run), on_progress)
        return report

    async def plan(self, *, title: Optional[str] = None, allow: Iterable[str] = (), prefer: Optional[str] = None,
                   on_progress: Optional[Progress] = None) -> Plan:
        plan: Plan = await self._run(self._jobs.plan(title, allow, prefer), on_progress)
        return plan

    async def apply(self, plan: Union[None, Plan, str] = None, *, title: Optional[str] = None, allow: Iterable[str] = (),
                    prefer: Optional[str] = None, dry_run: bool = False,
                    on_progress: Optional[Progress] = None) -> ApplyReport:
        report: ApplyReport = await self._run(self._jobs.apply(plan, title, allow, prefer, dry_run), on_progress)
        return report

    async def rollback(self, release: Optional[str] = None, *, title: Optional[str] = None, dry_run: bool = False,
                       on_progress: Optional[Progress] = None) -> ApplyReport:
        report: ApplyReport = await self._run(self._jobs.rollback(release, title, dry_run), on_progress)
        return report

    async def drift(self) -> List[Dict[str, Any]]:
        findings: List[Dict[str, Any]] = await self._run(self._jobs.drift())
        return findings

    async def explain(self, number: str) -> Dict[str, Any]:
        found: Dict[str, Any] = await self._run(self._jobs.explain(number))
        return found

    async def history(self) -> List[Dict[str, Any]]:
        releases: List[Dict[str, Any]] = await self._run(self._jobs.history())
        return releases

    async def show(self, release: str, *, journal: bool = False) -> Dict[str, Any]:
        shown: Dict[str, Any] = await self._run(self._jobs.show(release, journal))
        return shown

    async def diff(self, before: str, after: str) -> List[Dict[str, Any]]:
        resources: List[Dict[str, Any]] = await self._run(self._jobs.diff(before, after))
        return resources

    async def lint(self, config: Optional[Mapping[str, Any]] = None) -> Dict[str, Any]:
        report: Dict[str, Any] = await self._run(self._jobs.lint(config))
        return report

    async def export(self, *, from_files: bool = False) -> Export:
        export: Export = await self._run(self._jobs.export(from_files))
        return export

    async def import_(self, export: Union[Export, str], *, secrets: Mapping[str, str] = {},
                      renamed: Mapping[str, Mapping[str, str]] = {}, allow: Iterable[str] = ()) -> Dict[str, Any]:
        written: Dict[str, Any] = await self._run(self._jobs.import_(export, secrets, renamed, allow))
        return written
