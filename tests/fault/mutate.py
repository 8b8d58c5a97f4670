#!/usr/bin/env python3
"""Breaks the sync engine on purpose, one way after the other, and sees whether the fault runs notice.

    mutate.py BUILD_DIR [--seeds N] [--only NAME]

Each mutant is one edit of a copy of a source file. The object that holds it is compiled again and linked into a program
of its own; nothing in the tree or in the build changes. A mutant is caught when the scenario test named beside it fails, or
else when its fault runs report a violation. Prints one line a mutant; exit code 1 if one survives.
"""
import argparse
import pathlib
import re
import shlex
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]

# name, file, what stands there, what stands there instead, scenario that catches what the runs cannot meet
MUTANTS = [
    ("writes without a backup that could be verified", "src/control_center/apply.cpp",
     'center.store.put_backup(tenant(), "before release", content, documents).digest;',
     '[&] { try { return center.store.put_backup(tenant(), "before release", content, documents).digest; }'
     ' catch (error const&) { return std::string(); } }();', "sync/13: no verified backup*"),
    ("writes without an intent", "src/sync/unit_run.cpp", 'journal("intent", note);', "", None),
    ("makes anew what was deleted at the service, unasked", "src/sync/planner.cpp",
     "if (options.prefer == prefer::local) anew =", "anew =", "sync/05: what was edited here*"),
    ("deletes what was edited at the service, unasked", "src/sync/deletions.cpp", "if (!edits.empty()) {", "if (false) {",
     "sync/05: what deleted.json*"),
    ("takes the deleted agent for the one made anew", "src/sync/unit_create.cpp", "row && row->id != unit_.replaces ?", "row ?",
     "sync/05: killed at any*"),
    ("takes a release back without a look at its drafts", "src/sync/recover.cpp", "(a == unit_action::release && opened)",
     "(a == unit_action::release && false)", "sync/07: killed at any*"),
    ("forgets the drafts that it found", "src/sync/recover.cpp", 'r.orphans.push_back(row.data.int_at("version"));', "",
     "sync/07: a draft that*"),
    ("takes our own interrupted release for another store's", "src/sync/drift_origins.cpp", "if (row && carries_mark_of(",
     "if (row && row->ended_at != 0 && carries_mark_of(", "sync/07: the version of our own*"),
    ("forgets what a rollback made anew was called", "src/sync/checkout.cpp", "!before.empty() && is_free(kind, before) ?",
     "false ?", "sync/14: what comes again has the file*"),
    ("creates again without looking", "src/sync/unit_creating.cpp",
     "if (outcome.code == failure::ambiguous && may_repeat) return look();",
     "if (outcome.code == failure::ambiguous && may_repeat) return send(false);", None),
    ("looks only once, though lists lag", "src/sync/unit_creating.cpp", "left > 0) {", "left > 1'000'000) {", None),
    ("takes engines that were there before for its own", "src/sync/unit_create.cpp",
     "for (auto const& id : equal_engines(std::move(rows))) equal_before_.insert(id);", "(void)rows;", "sync/08*"),
    ("adopts the first of several candidates", "src/sync/unit_creating.cpp", "if (found.size() > 1)", "if (found.empty())",
     "sync/09*"),
    ("does not read its draft back", "src/sync/unit_agent.cpp", "if (!wrong.empty()) return refuse_draft(wrong);", "", None),
    ("does not read a number back", "src/sync/unit_number.cpp",
     'auto const wrong = difference_of_written(now);', "std::string const wrong;", "number: a write*"),
    ("keeps no record of a number that reads back differently", "src/sync/unit_number.cpp",
     "note_written(now); // a rollback", "// a rollback", "number: written and*"),
    ("leads an agent to its engine's version before", "src/sync/planner.cpp",
     "if (edited.contains(engine)) {", "if (engine == \"-\") {", "sync/25: led to*"),
    ("leaves a number where a release could not move it", "src/sync/number_planner.cpp",
     "if (published_by.has_missed(number) &&", "if (by < 0 &&", "sync/11: a number*"),
    ("leads an agent to an engine without tools unasked", "src/sync/planner.cpp",
     "if (!agent || !agent->engine || !to ||", "if (agent || !agent->engine || !to ||", "guard: led to*"),
    ("does not look whether the base has moved", "src/sync/unit_agent.cpp",
     "auto const now = newest(rows, true);\n            if (now == unit_.base_version) return {};",
     "return {};\n            auto const now = newest(rows, true);", None),
    ("does not compare a number with its pre-image", "src/sync/unit_number.cpp",
     "auto const moved = difference(unit_.kind, unit_.before, now);", "std::string const moved;", "number: changed*"),
    ("believes that it published", "src/sync/unit_agent.cpp", 'if (row && row->bool_at("is_published")) {', "if (row) {", None),
    ("goes on without its lease", "src/sync/release.cpp",
     "if (!lease_lost() &&\n        context_.store->hold_lease(context_.secrets.tenant(), context_.lease_token, ttl))",
     "if (context_.store->hold_lease(context_.secrets.tenant(), context_.lease_token, ttl) || true)", None),
    ("forgets what it did when it is resumed", "src/sync/recover.cpp", "for (auto const* const record : history.of(unit)) {",
     "for (auto const* const record : std::vector<store::journal_row const*>()) {", None),
    ("trusts what is left of a damaged journal", "src/sync/recover.cpp", "if (r.created.empty()) r.create_unknown = true;", "",
     None),
    ("publishes beside somebody else", "src/sync/unit_agent.cpp", "if (!is_alone(rows)) return refuse_company(rows);", "",
     "sync/06*"),
    ("settles conflicts for the files", "src/sync/planner_parts.cpp", "auto merged = merge_only(kind, base, local, remote, p);",
     "auto merged = merge_only(kind, base, local, remote, p == prefer::neither ? prefer::local : p);", None),
    ("takes edits that lost for agreed on", "src/sync/planner_parts.cpp", "agreed_without(kind, base, local, lost)",
     "agreed_without(kind, base, local, {})", "sync/01: an edit that lost*"),
    ("leads a number to somebody's draft", "src/sync/unit_number.cpp", "if (bound_.empty()) return change();",
     "return change();", "number: a version below*"),
    ("does not move numbers", "src/sync/unit_agent.cpp", "if (index == unit_.numbers.size())", "if (index < 1'000'000)",
     "release:*"),
    ("takes a shared engine back for one agent", "src/sync/rollback.cpp", "if (others.empty()) return;", "return;", "sync/14*"),
    ("refers to a knowledge base that is not ready", "src/sync/unit_knowledge.cpp", 'if (status != "complete") {',
     "if (status.empty()) {", "knowledge: built*"),
    ("builds a knowledge base again without looking", "src/sync/unit_creating.cpp",
     "if (outcome.code == failure::ambiguous && may_repeat) return look();",
     "if (outcome.code == failure::ambiguous && may_repeat) return send(false);", "knowledge: wherever*"),
    ("removes a knowledge base that a draft uses", "src/sync/unit_remove.cpp", "if (uses_knowledge(kind, row, unit_.id))",
     "if (false)", "knowledge: the old one stays*"),
    ("deletes what is in use", "src/sync/deletions.cpp", "if (auto const user = user_of(t, p, going); !user.empty())",
     "if (auto const user = user_of(t, p, going); user == \"nobody\")", "delete: what*"),
    ("leads numbers back to what is gone", "src/sync/rollback.cpp", "if (names_deleted(u)) led_nowhere_",
     "if (false) led_nowhere_", "sync/14: who handed over*"),
    ("makes anew what it made anew already", "src/sync/restore.cpp", " || (made_before.contains(u.id) && unpublished.empty())) continue;", ") continue;",
     "sync/14: what a release deleted*"),
    ("names a version that the new engine does not have", "src/sync/restore.cpp", "comes ? 0 :", "comes ? old.version :",
     "sync/14: an agent comes again*"),
    ("takes a knowledge base for taken back that nobody uses yet", "src/sync/knowledge_pull.cpp",
     " || !was_taken_back(current->second.id))", ")", "knowledge: a pull before*"),
    ("removes a knowledge base that an agent kept", "src/sync/unit_remove.cpp",
     "if (auto const user = user_not_released(); !user.empty())", "if (std::string const user; !user.empty())",
     "knowledge: a rollback leaves what an agent*"),
    ("takes a superseded knowledge base for the new one", "src/sync/unit_knowledge.cpp",
     "if (past_.created.empty() && past_.create_unknown) past_.created = built_already();", "", "knowledge: a damaged journal*"),
    ("leads numbers back to a knowledge base that is gone", "src/sync/rollback.cpp",
     "if (!work_.gone_knowledge(kind, before.engine).empty()) return false;", "", "knowledge: where the old one*"),
    ("takes what was deleted without an answer for there", "src/sync/recover.cpp",
     "(a == unit_action::remove && delete_unknown)", "(a == unit_action::remove && false)", "sync/14: what was deleted without*"),
    ("leaves the file at what no caller gets any more", "src/sync/knowledge_pull.cpp",
     "if (!released.empty() && led_to(r.number, released, id)) return true;", "(void)led_to(0, released, id);",
     "knowledge: the file follows*"),
    ("makes a private copy twice", "src/sync/rollback.cpp", "if (auto const* const left = left_behind(copy))",
     "if (auto const* const left = false ? left_behind(copy) : nullptr)", "sync/14: a private copy whose*"),
    ("leaves a knowledge base behind that was interrupted", "src/sync/rollback_creations.cpp",
     "built ? built_shape(built->document) : knowledge_shape(planned_content(r.name))",
     "built ? built_shape(built->document) : std::string()",
     "knowledge: one whose release was killed*"),
    ("creates another agent for one that was left unpublished", "src/sync/planner.cpp", "if (left) left->name_in(p);", "",
     "sync/12: a new agent whose*"),
    ("forgets an agent that it could not publish", "src/sync/unit_create.cpp",
     "if (outcome.code != errc::store_locked) remember_creation(false);", "", "sync/12: a new agent whose*"),
    ("keeps a refusal with the secret in it", "src/sync/unit_run.cpp", "sent.hide(outcome.diag.message);", "", "echo: a refusal*"),
    ("plans from what a pull that died has left", "src/sync/planner.cpp",
     "if (is_pull_under_way(s, tenant_id(folder.tenant), folder.workspace))", "if (false)", "pull: of a folder*"),
    ("forgets what a pull that died was writing", "src/sync/pull_steps.cpp",
     "return s.bases(tenant, begun_workspace(workspace));", "return {};", "pull: the file that one*"),
    ("takes what a pull that died was writing for written", "src/sync/begun_pull.cpp",
     "(written ? taken_ : kept_) += tells ? 1 : 0;", "taken_ += tells ? 1 : 0;", "pull: of a document and its prompt*"),
    ("takes a content of an unfinished release for agreed", "src/sync/checkout.cpp", "if (under_way.empty()) return;", "return;",
     "sync: a pull between*"),
    ("gives up on a knowledge base that it could not delete", "src/sync/unit_knowledge.cpp",
     'return fail(outcome, unreadable + ("; " + left_behind()));', "return fail(unit_state::failed, unreadable);",
     "knowledge: one that the service cannot read goes*"),
    ("leads back by a pull whom a file leads elsewhere", "src/sync/checkout.cpp",
     "auto const named = here_.key_in_file(a, *v.write, key);", "auto const named = key;", "sync/25: a pull leaves an agent led*"),
    ("gives an engine's content to an agent in conflict", "src/sync/checkout.cpp", "if (!v.taken &&", "if (!v.taken && false &&",
     "sync/25: an agent with a conflict*"),
    ("knows an agent by the engine's file it had before", "src/sync/unit_agent.cpp", "row.name = name;", "(void)file;",
     "pull: led to the file*"),
    ("gives edits to whom the engine's file is left", "src/sync/checkout.cpp", "by_use_(detail::move_plain_ids(remote, bases)),",
     "by_use_(),", "sync/25: what was edited for*"),
    ("moves an engine's files between its agents", "src/sync/engine_contents.cpp", "return std::tuple(c.file.agents,",
     "return std::tuple(c.by->newest(),", "sync/25: whoever*"),
    ("removes an engine's file that an agent names", "src/sync/gone_files.cpp", "is_named_by(file, stays) ||", "",
     "sync/25: the file of a content*"),
    ("says nothing of a file that cannot be removed", "src/sync/checkout.cpp",
     "        if (ec)\n            throw error(errc::invalid_bundle,\n                \"cannot remove",
     "        if (ec && false)\n            throw error(errc::invalid_bundle,\n                \"cannot remove", "pull: a file that cannot*"),
    ("forgets the name of what is gone", "src/sync/gone_files.cpp", "if (can_be_named && plain_id(row.id) == row.id", "if (false", "gone:*"),
    ("leads callers to what is gone", "src/sync/planner.cpp", "if (target_kind == resource_kind::agent) refuse_gone(u, text);", "",
     "gone: nobody*"),
    ("deletes an agent to which a number is bound", "src/sync/unit_remove.cpp",
     "if (!pins_of_agent(pins_of(row), unit_.id).empty())", "if (false)", "rollback: an agent*"),
    ("deletes an agent with somebody's draft", "src/sync/unit_remove.cpp",
     "if (!published && version != unit_.base_version)", "if (version < 0)", "delete: an agent with*"),
    ("deletes what was published since the plan", "src/sync/unit_remove.cpp", "if (published && !seen)", "if (false)",
     "sync/05: deleted here and published*"),
    ("deletes whom an agent hands over to that stays", "src/sync/removal_order.cpp",
     "if (!gone && stages_[named] == stage::waiting)", "if (false)", "delete: whom an agent*"),
    ("deletes before all were looked at", "src/sync/removal_order.cpp", "if (proceeding_ || looked_at_ > 0) return;",
     "if (proceeding_) return;", "delete: whom an agent*"),
    ("makes anew what leads to somebody who is gone", "src/sync/restore.cpp",
     "auto const why = is_again ? std::string() : led_nowhere(*at, work);", "std::string const why;", "sync/14: what names somebody*"),
    ("leads back to an agent that is gone", "src/sync/rollback.cpp",
     "if (lacks_knowledge(u) || lacks_agent(u)) return;", "if (lacks_knowledge(u)) return;", "gone: a rollback*"),
    ("takes a number over as it was before a release", "src/sync/checkout.cpp",
     "if (known_followers_.is_newer_than(n)) {", "if (false) {", "followers: a pull that read*"),
    ("leads a number to what is not published", "src/sync/release.cpp",
     "if (missing.empty()) missing = std::move(unpublished);", "", "link: a number*"),
    ("takes a number that follows for a pin", "src/sync/version_contents.cpp", " || known.knows(number, agent_id, version)", "", None),
    ("forgets that it moved a number that follows", "src/sync/unit_agent.cpp",
     "notes.settle(notes.once_moved(pins_of(now)", "(void)std::pair(notes.once_moved(pins_of(now)", "followers: what somebody bound*"),
    ("does not announce that it moves a number that follows", "src/sync/unit_agent.cpp",
     "notes.announce(notes.once_moved(after, unit_.id, result_.after_version));", "", "followers: a release that died*"),
    ("publishes before links are written", "src/sync/links.cpp", "agent.publishes_later = true;", "", "sync/26*"),
]


class Build:
    """The commands by which a target of a build folder is made."""

    def __init__(self, folder, target):
        lines = subprocess.run(["ninja", "-C", folder, "-t", "commands", target], check=True, capture_output=True,
                               text=True).stdout.splitlines()
        self.folder = pathlib.Path(folder)
        self.compile = [line for line in lines if " -c " in line]
        self.link = [line for line in lines if f" -o bin/{target} " in line][-1]

    def unit_of(self, source):
        """The compile command whose source is, or includes, this file; with the path of that source."""
        for line in self.compile:
            unit = pathlib.Path(re.search(r" -c (\S+)", line).group(1))
            if unit == source or (unit.suffix == ".cxx" and str(source) in unit.read_text()):
                return line, unit
        raise SystemExit(f"{source} is in no object of this target")

    def make(self, source, text, where):
        """Links a program in which `source` has this text."""
        line, unit = self.unit_of(source)
        mutant = where / source.name
        mutant.write_text(text)
        if unit != source:
            whole = where / "unit.cxx"
            whole.write_text(unit.read_text().replace(str(source), str(mutant)))
        else:
            whole = mutant
        old = re.search(r" -o (\S+)", line).group(1)
        new = str(where / "unit.o")
        command = re.sub(r" -c \S+", f" -c {whole}", line.replace(f" -o {old}", f" -o {new}"))
        command = re.sub(r" -MD -MT \S+ -MF \S+", "", command).replace("-Werror", "-Wno-error -w")
        command = command.replace(" -c ", f" -I{source.parent} -c ", 1)
        self.run(command)
        link = re.sub(r" -o bin/\S+", f" -o {where / 'program'}", self.link)
        # An object of the program itself is replaced; before an archive the first definition counts.
        link = link.replace(f" {old} ", f" {new} ") if f" {old} " in link else link.replace(" -o ", f" {new} -o ", 1)
        self.run(link)
        return where / "program"

    def run(self, command):
        done = subprocess.run(command, shell=True, cwd=self.folder, capture_output=True, text=True)
        if done.returncode:
            raise SystemExit(f"{command}\n{done.stdout}{done.stderr}")


def tests_of(room):
    return "\n".join(file.read_text() for file in sorted((ROOT / "tests" / room).glob("*.cpp")))


def program_of(scenario):
    """The test program that holds a scenario, or None."""
    start = '"' + scenario.rstrip("*")
    return next((f"test_{room}" for room in ("sync", "control_center") if start in tests_of(room)), None)


def outdated():
    """What a mutant changes, or the scenario that catches it, that is there no more."""
    gone = [f"{name}: {file} does not hold what this mutant changes any more" for name, file, old, _, _ in MUTANTS
            if old not in (ROOT / file).read_text()]
    gone += [f"{name}: no test is called {scenario}" for name, _, _, _, scenario in MUTANTS
             if scenario and not program_of(scenario)]
    return gone


def violation(program, seeds):
    """The first violation that the fault runs report, or None."""
    runs = subprocess.run([program, "--seeds", str(seeds), "--until-failure", "1"], capture_output=True, text=True)
    if runs.returncode == 0:
        return None
    if runs.returncode != 1:
        raise SystemExit(f"{program} ended with {runs.returncode}: {runs.stderr}")
    return next((line for line in runs.stdout.splitlines() if line.startswith("seed ")), "a worker died")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("build", nargs="?")
    parser.add_argument("--check", action="store_true", help="build nothing: is what each mutant changes still there?")
    parser.add_argument("--seeds", type=int, default=3000)
    parser.add_argument("--only")
    parser.add_argument("--runs", action="store_true", help="leave the scenarios out: what the fault runs notice by themselves")
    options = parser.parse_args()
    gone = outdated()
    if gone:
        raise SystemExit("\n".join(gone))
    if options.check:
        return 0
    if not options.build:
        parser.error("which build folder?")
    builds = {target: Build(options.build, target) for target in ("fault", "test_sync", "test_control_center")}
    survivors = 0
    unbroken = violation(pathlib.Path(options.build) / "bin" / "fault", 100)
    if unbroken:
        raise SystemExit(f"the engine as it is fails: {unbroken}")
    for name, file, old, new, scenario in MUTANTS:
        if options.only and not re.search(options.only, name):
            continue
        source = ROOT / file
        text = source.read_text()
        changed = text.replace(old, new, 1)
        with tempfile.TemporaryDirectory(prefix="trunkline-mutant-") as folder:
            where = pathlib.Path(folder)
            verdict = None
            if scenario and not options.runs:    # a moment, where the runs would need many seeds to meet it, if they can at all
                program = builds[program_of(scenario)].make(source, changed, where)
                test = subprocess.run([program, "-tc=" + scenario], capture_output=True, text=True)
                if test.returncode:
                    verdict = f"the scenario {scenario} fails"
            if not verdict:
                verdict = violation(builds["fault"].make(source, changed, where), options.seeds)
        print(f"{'caught' if verdict else 'SURVIVED':9} {name}: {verdict or 'nobody noticed'}", flush=True)
        survivors += verdict is None
    return 1 if survivors else 0


if __name__ == "__main__":
    sys.exit(main())
