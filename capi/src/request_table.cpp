#include "requests.hpp"

namespace trunkline::capi {
namespace {

constexpr member_spec dir_member{"dir", "string", "Folder of the account's files.", true};
constexpr member_spec title_member{
    "title", "string", "Shown in history and as version title.", false};
constexpr member_spec allow_member{
    "allow", "string[]", "Guards that may be passed, by name.", false};
constexpr member_spec prefer_member{"prefer", "\"local\" | \"remote\"",
    "Which side stands where both changed a field; absent: a conflict.", false};
constexpr member_spec dry_run_member{
    "dry_run", "boolean", "Say what would be done, change nothing.", false};

constexpr member_spec pull_members[] = {dir_member,
    {"adopt", "\"local\" | \"remote\"", "For an old folder and a new store: whose content counts.",
        false},
    prefer_member, dry_run_member};
constexpr member_spec plan_members[] = {dir_member, title_member, allow_member, prefer_member};
constexpr member_spec apply_members[] = {
    {"dir", "string", "Folder of the account's files. This or plan.", false},
    {"plan", "object", "A plan made earlier; refused if what it builds on has moved.", false},
    title_member, allow_member, prefer_member, dry_run_member};
constexpr member_spec rollback_members[] = {
    {"release", "string", "\"r7\"; absent: the newest that changed something.", false},
    title_member, allow_member, prefer_member, dry_run_member};
constexpr member_spec explain_members[] = {
    {"number", "string", "A telephone number, +4930....", true}};
constexpr member_spec show_members[] = {{"release", "string", "\"r7\"", true},
    {"journal", "boolean", "Also every recorded step.", false}};
constexpr member_spec diff_members[] = {
    {"from", "string", "\"r3\"", true}, {"to", "string", "\"r7\"; may be the older one.", true}};
constexpr member_spec lint_members[] = {
    {"paths", "string[]", "Folders and files; a folder of an account is looked at as a whole.", true},
    {"config", "object",
        "As trunkline-lint.json (docs/lint.md); absent: what a folder brings along.", false}};
constexpr member_spec export_members[] = {{"dir", "string",
    "Export these files as they are, without the service; absent: the account.", false}};
constexpr member_spec import_members[] = {
    {"dir", "string", "Folder to write; new, or of this same import.", true},
    {"export", "object", "What \"export\" answered, whole or only its member of this name.", true},
    {"secrets", "object", "Values by the names that \"asks\" lists. Sealed at once.", false},
    {"renamed", "object", "Ids in place of others, by kind: {\"voice\": {\"old\": \"new\"}}.", false},
    {"allow", "string[]",
        "\"account-not-empty\": beside the agents that are there; \"missing-needs\": although the "
        "account lacks what the export needs.",
        false}};
constexpr member_spec backup_members[] = {{"file", "string",
    "Path of the copy. An earlier backup there is replaced, any other file is refused.", true}};
constexpr member_spec restore_members[] = {{"file", "string", "Path of the copy.", true}};
constexpr member_spec call_members[] = {
    {"operation", "string", "Name of an operation of the API, for example get-agent.", true},
    {"arguments", "object",
        "Path and query parameters by name; \"body\" or all other members are the body.", false},
    {"priority", "\"live_call\" | \"booking\" | \"admin\" | \"background\"",
        "Who goes first; absent: as the operation says.", false}};
constexpr member_spec operations_members[] = {
    {"filter", "string", "Only those whose name holds this.", false}};

constexpr request_spec table[] = {
    {"pull", "Brings a folder up to the service, merged with edits in the files.", pull_members,
        "Counters, conflicts, notes. With conflicts the request fails with merge_conflict and the "
        "error holds the document.",
        run_pull},
    {"plan", "Shows what a release would change; writes nothing.", plan_members,
        "The plan; \"empty\" says whether there is anything to do. May be given to apply.", run_plan},
    {"apply", "Releases what the files changed, after a verified backup; resumes first.",
        apply_members,
        "Release, state, units, conflicts, backup. Fails with merge_conflict or partial, the error "
        "holds the document.",
        run_apply},
    {"rollback", "Takes a release back: numbers first, then the content.", rollback_members,
        "As apply.", run_rollback},
    {"drift", "What changed at the service since the last pull or release.", {},
        "findings: kind, resource, text, advice, changes, versions: who changed what; drafts that "
        "releases left; unfinished: a release that has not ended.",
        run_drift},
    {"explain", "Follows a number to agent, version, engine and tools.", explain_members,
        "paths with reasons and warnings.", run_explain},
    {"history", "The releases, newest first. Reads the store only.", {}, "releases", run_history},
    {"show", "One release. Reads the store only.", show_members,
        "The release with units, plan and digests.", run_show},
    {"diff", "What releases made of the account between two of them. Reads the store only.",
        diff_members, "from, to, resources: field by field, which releases touched them.", run_diff},
    {"lint", "Checks files without store, key or network.", lint_members,
        "documents, errors, warnings, findings.", run_lint},
    {"export", "The account as one document without ids and secrets.",
        export_members, "export: the document; asks: the secrets an import needs; needs: ids that must exist there.",
        run_export},
    {"import", "Writes an export as a new folder, from which plan and apply create everything.",
        import_members,
        "files, numbers_left_out, notes. Nothing is written if a secret is missing, or what else "
        "the export "
        "needs, or if the account has agents: asks, missing, agents say what.",
        run_import},
    {"backup", "A verified copy of the store; secrets in it stay sealed.", backup_members, "backup",
        run_backup},
    {"restore", "Puts a proved backup in place of the store; what was there is kept.",
        restore_members, "restored, replaced", run_restore},
    {"call", "One call of the API, guarded as all others.", call_members,
        "body, status, source, age_ms, degraded. The body is not masked: it is for the program, "
        "not "
        "for logs.",
        run_call},
    {"operations", "The operations of the API.", operations_members, "operations", run_operations},
    {"requests", "This list.", {}, "requests", run_requests},
    {"version", "Version of the library.", {}, "version", run_version},
};

} // namespace

std::span<request_spec const> request_table() noexcept
{
    return table;
}

} // namespace trunkline::capi
