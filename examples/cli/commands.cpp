#include "commands.hpp"

#include <algorithm>

namespace cli {
namespace {

constexpr command_spec commands[] = {
    {"pull", "DIR", 1, 1, "bring a folder up to the service",
        R"(Reads what moved at the service and writes the account as files: agents/, llms/, flows/, numbers/,
prompts as Markdown beside them. Edits in the files are kept and merged; a field that changed on both
sides is a conflict: that file is left alone and named, and so is one whose resource was deleted at the
service, or that deleted.json names while the service's was edited. --prefer remote takes the service's
side in all of them (what was deleted there goes here, what was edited there is no longer to be
deleted), --prefer local keeps the files' side as edits to be released. A second pull of an unchanged
account costs only the lists.

Exit codes: 0 done, 1 error, 3 conflicts (everything else is done).

Examples:
  trunkline pull account
  trunkline pull account --dry-run            what would be written
  trunkline pull account --prefer remote      conflicts: the service's side stands
  trunkline pull account --adopt remote       a new store, an old folder: take the service's content)",
        run_pull},
    {"plan", "DIR [--out FILE]", 1, 1, "show what a release would change",
        R"(Compares the files, what both sides agreed on last, and the service, field by field. Writes nothing.

Exit codes: 0 nothing to do, 1 error, 2 changes, 3 conflicts.

Examples:
  trunkline plan account
  trunkline plan account --out plan.json      keep it, for: trunkline apply --plan plan.json
  trunkline plan account --json | jq .units[].name)",
        run_plan},
    {"apply", "DIR | --plan FILE [--yes]", 0, 1, "release what the files changed",
        R"(Finishes an interrupted release if there is one, then plans, checks guards, asks, takes a verified
backup (or sends nothing at all), and releases each agent: own draft, read back, published, numbers
moved last. Units with conflicts are left out, the others go on. Safe to repeat after anything:
Ctrl-C, kill -9, an outage. A plan made earlier is refused if what it builds on has moved.

Exit codes: 0 done or nothing to do, 1 error, 3 conflict or stale plan, 4 partial (run it again).

Examples:
  trunkline apply account --title "Summer hours"
  trunkline apply account --yes --json
  trunkline apply --plan plan.json --yes
  trunkline apply account --allow prompt-shrinks
  trunkline apply account --prefer local      where both sides changed a field, the file's value stands;
                                              what was deleted there and edited here is made anew,
                                              what deleted.json names goes though it was edited there)",
        run_apply},
    {"history", "[--limit N] [--of RESOURCE [--journal]]", 0, 0, "list the releases, newest first",
        R"(Reads the store only; needs no key and no network. --of leaves only releases that touched a resource
(agents/NAME, llms/NAME, flows/NAME, a number, an id), and of them what they did to it; with --journal every
recorded step of that. Another company's history: --tenant.

Examples:
  trunkline history --limit 10
  trunkline history --of agents/praxis-mueller --journal
  trunkline history --of +493012345678
  trunkline history --json | jq -r .releases[0].release)",
        run_history},
    {"show", "RELEASE [--journal] [--of RESOURCE]", 1, 1, "show one release",
        R"(Units, versions before and after, numbers, every changed field; with --journal every recorded step.
Reads the store only.

Examples:
  trunkline show r7
  trunkline show r7 --journal
  trunkline show r7 --of agents/praxis-mueller)",
        run_show},
    {"diff", "RELEASE RELEASE [--of RESOURCE]", 2, 2,
        "what differs between two releases, field by field",
        R"(From the account after the first to the account after the second, as far as releases made it so; the
other way round it is what going back would change. Secrets are never shown. Reads the store only.

Examples:
  trunkline diff r3 r7
  trunkline diff r7 r3 --json | jq .resources[].resource)",
        run_diff},
    {"rollback", "RELEASE | --last | --since RELEASE [--yes]", 0, 1, "take releases back",
        R"(Shows the plan, asks, moves the numbers back first and the content second. Edits that others made
since then stay; where they touch the same field there is a conflict and that unit is left alone.
--since takes back every release from the newest down to the one named, newest first, and stops at
the first that fails.

Exit codes: as apply.

Examples:
  trunkline rollback r7
  trunkline rollback --last --yes
  trunkline rollback --since r5 --dry-run)",
        run_rollback},
    {"drift", "", 0, 0, "show what changed at the service behind our back",
        R"(Compares the service with what was pulled or released last, and names numbers that are bound to a
moving version, to an old one, or to nothing.

Exit codes: 0 none, 1 error, 2 drift.

Example:
  trunkline drift --json)",
        run_drift},
    {"explain", "NUMBER", 1, 1, "who answers a number, and why",
        R"(Follows a phone number to its agents, versions, engines and tools, reading each from the service now.

Examples:
  trunkline explain +493012345678
  trunkline explain "+49 30 1234-5678" --json)",
        run_explain},
    {"lint", "[DIR | FILE...] [--fail-on error|warning|never]", 0, 10'000,
        "find defects in agents, engines and numbers",
        R"(Reads files only: no key, no store, no network. DIR is a folder that pull wrote, or any folder of JSON
documents as the service answers them; without it, the current one. Found are missing and dangling starts,
edges and tools, unreachable nodes, dead ends, loops without exit, placeholders, missing prompts, unpinned
versions, wrong weights and more (--rules lists all, docs/lint.md explains). DIR/trunkline-lint.json, or the
file of --config, sets severities, limits and exceptions.

Exit codes: 0 nothing, or only what --fail-on lets pass; 1 error; 2 findings.

Examples:
  trunkline lint account
  trunkline lint account --fail-on warning
  trunkline lint flow.json --json | jq '.findings[] | select(.severity == "error")'
  trunkline lint --rules)",
        run_lint},
    {"call", "OPERATION [JSON | -]", 1, 2, "make one call of the API",
        R"(Names and parameters: trunkline operations. The JSON object holds path and query parameters by name;
all other members, or the member "body", are the body; "-" reads it from standard input. Secrets in
the answer are masked unless --show-secrets. What changes something asks first, or needs --yes.
Forms (knowledge bases, voices, assets) take files by --file FIELD=PATH. --all walks a list page by
page and prints each row as it comes. What one operation takes: trunkline call OPERATION --help.

Examples:
  trunkline call list-agents '{"limit": 5}'
  trunkline call get-agent '{"agent_id": "agent_1", "version": 3}'
  trunkline call update-phone-number - --yes < change.json
  trunkline call list-calls --all | jq -r .call_id
  trunkline call create-knowledge-base '{"knowledge_base_name": "Prices"}' \
      --file knowledge_base_files=prices.pdf --yes
  trunkline call get-agent '{"agent_id": "agent_1"}' --explain      what was sent, and why again)",
        run_call},
    {"operations", "[TEXT]", 0, 1, "list the operations of the API",
        R"(Name, method, whether it changes something, parameters ("?": may be left out).

Example:
  trunkline operations agent)",
        run_operations},
    {"export", "FILE | DIR [--from DIR]", 1, 1, "the account as one file without ids and secrets",
        R"(Every voice agent at its newest published version, with its engine, and the numbers, read from the
service now; with --from as the files of a folder have it. In place of secrets stand names, which
import asks for. Changes nothing, here or there.

Examples:
  trunkline export account.json
  trunkline export account.json --from account)",
        run_export},
    {"import", "FILE --into DIR [--secrets FILE | --secrets-from-env] [--yes]", 1, 1,
        "put an export into an empty account",
        R"(Writes the export as a new folder DIR and releases it, as apply does: planned, shown, asked, journalled;
what was interrupted is finished by the same command again. Every resource gets a new id. The account is
looked at first: nothing is written if it has agents (--allow account-not-empty), lacks voices or
knowledge bases that the export needs (--map, --allow missing-needs), or if secrets are not given by
the names the export lists. Phone numbers are left out. An export of a newer format is refused.

Exit codes: as apply.

Examples:
  trunkline import account.json --into copy --secrets secrets.json
  trunkline import account.json --into copy --secrets-from-env --yes)",
        run_import},
    {"backup", "FILE", 1, 1, "copy the store to one file",
        R"(A consistent, verified copy, while others may be writing. Secrets in it stay sealed; the key is not
in it.

Example:
  trunkline backup /backups/trunkline-monday.db)",
        run_backup},
    {"restore", "FILE [--yes]", 1, 1, "put a backup in place of the store",
        R"(The backup is proved first; what it replaces is kept beside the store.

Example:
  trunkline restore /backups/trunkline-monday.db --yes)",
        run_restore},
    {"mask", "[--zone ZONE] [--policy FILE] [--jsonl | --dry-run]", 0, 0,
        "remove secrets and personal data from a text",
        R"(A filter from standard input to standard output; needs no key, no store and no network. What is
masked depends on where the text is to go: log, error, api, webhook_out, export, transcript. With --jsonl each
line {"id": ..., "text": "..."} gives a line {"id": ..., "out": "..."}; a line that is something else gives
{"id": null, "error": "..."} and exit code 1. If the masker fails, a marker comes out, never the text.
--dry-run says instead what would be masked: line and byte, type and reason, never the value.

Examples:
  tail -f app.log | trunkline mask
  trunkline mask --zone export < call.json
  trunkline mask --policy policy.json --dry-run --json < app.log | jq .types)",
        run_mask},
    {"shm", "[list | show NAME | remove NAME]", 0, 2, "look into the shared memory of a host",
        R"(Breakers, limiters and call leases that the processes of this user share. list names the segments,
show prints every key of one with its state, the leases and the last changes of state. remove takes the
file away; programs that use it go on with it and share with each other until they are restarted.

Exit codes: 0 done, 1 error, or show found the segment damaged.

Examples:
  trunkline shm
  trunkline shm show production
  trunkline shm show production --json | jq '.parts[] | select(.state == "open")'
  trunkline shm remove production --yes)",
        run_shm},
    {"help", "[COMMAND]", 0, 1, "this text, or the page of a command", "", run_help},
    {"version", "", 0, 0, "print the version", "", run_version},
};

} // namespace

std::span<command_spec const> command_table() noexcept
{
    return commands;
}

command_spec const* find_command(std::string_view name) noexcept
{
    auto const found = std::ranges::find(commands, name, &command_spec::name);
    return found == std::end(commands) ? nullptr : found;
}

} // namespace cli
