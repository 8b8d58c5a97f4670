#pragma once

#include <trunkline/store/store.hpp>
#include <trunkline/sync/bundle.hpp>
#include <trunkline/sync/plan.hpp>
#include <trunkline/sync/snapshot.hpp>

#include <optional>
#include <string>
#include <vector>

namespace trunkline::sync {

/// What to do with a file that exists while nothing is known about its base (a new store, say).
enum class adopt : std::uint8_t {
    neither, ///< Take over where file and service agree; report the others and leave them alone.
    remote,  ///< The service's content replaces the file.
    local,   ///< The file stays; its differences become changes of the next plan.
};

/// What a pull does to a folder: the files to write and the base rows to keep afterwards.
class checkout {
public:
    checkout() {}
    file_set files;
    /// Files (relative) that go: prompts that a rewritten document no longer refers to (their text
    /// is in `files` or in the document), and what stood for a resource that was deleted.
    std::vector<std::filesystem::path> unused_files;
    std::vector<store::base_row> bases;
    std::vector<std::pair<std::string, std::string>>
        gone; ///< Base rows (kind, id) whose resource is gone.

    std::vector<store::base_row> knowledge; ///< Rows of knowledge_workspace that changed.
    std::vector<store::base_row> followers; ///< Rows of followers_workspace.

    std::size_t resources = 0;
    std::size_t removed = 0; ///< Files of what was deleted at the service.
    std::size_t created = 0; ///< Files that did not exist.
    std::size_t updated = 0; ///< Resources the service had changed.
    std::size_t merged = 0;  ///< Changed on both sides, in different fields.
    std::size_t edited = 0;  ///< Resources whose files hold changes that are not released yet.
    std::vector<plan_conflict> conflicts; ///< Left alone: file and base stay as they were.
    std::vector<std::string> notes;
};

/**
 * Brings a folder up to the service without losing an edit: each file is merged three-way with what
 * the service has now. Pure but for reads of the store.
 * @param local  the folder as read, or nothing for a new one.
 * @param side   whose value a file gets where both sides changed a field. Local: it stays an edit,
 *               to be released. Remote: also files go whose resource was deleted at the service,
 * and what was edited there is no longer to be deleted.
 */
checkout make_checkout(std::optional<bundle> const& local,
    std::vector<store::base_row> const& bases, snapshot const& remote, store::store const& s,
    tenant_id const& tenant, adopt mode, prefer side = prefer::neither);

/// Writes the files of a pull (see write_files()), then removes those that are no longer used; one
/// that cannot be removed is told of by the next plan. Returns how many were written.
std::size_t write_files(std::filesystem::path const& dir, checkout const& out);

/**
 * What a pull leaves behind is kept in three steps, so that a death in between does no harm:
 * begin_pull(), write_files(), end_pull(). Until the last one, or until another pull of the folder
 * got there, no plan is made of it (see make_plan()): a file of a resource that is new at the
 * service would have no base row yet, and the resource would be created a second time.
 * begin_pull() keeps the base rows that differ from `bases`, those the folder was read with: by
 * them the next one knows what was written (see read_folder()), wherever the service has moved by then.
 */
void begin_pull(store::store& s, tenant_id const& tenant, std::string_view workspace,
    std::vector<store::base_row> const& bases, checkout const& out);
/// Keeps the base rows of the folder, and those of `agreed_workspace` (unless empty), in one transaction.
void end_pull(store::store& s, tenant_id const& tenant, std::string_view workspace,
    std::string_view agreed_workspace, checkout const& out);
bool is_pull_under_way(store::store const& s, tenant_id const& tenant, std::string_view workspace);
/// The rows that a pull which did not end was about to keep.
std::vector<store::base_row> begun_rows(
    store::store const& s, tenant_id const& tenant, std::string_view workspace);

/// The names that base rows give to resources.
name_table names_of(std::vector<store::base_row> const& bases);

/**
 * Reads a folder (see read_bundle) and makes `bases` follow what became of its files:
 * - Of a pull that died the rows `begun` are taken over as far as the files say what it was
 * writing: member by member, for a document and its prompts are several files. Else what it wrote
 * would be edits of somebody, or resources to be created, once the service has moved on.
 * - A new file of an engine or agent with the very content of one base row whose file is gone is
 *   that resource, renamed. A file that was renamed and edited is not recognised: the plan's guard
 *   asks about it.
 * Rows that changed are appended to `moved`; to be kept in the store.
 */
bundle read_folder(std::filesystem::path const& dir, std::vector<store::base_row>& bases,
    std::vector<store::base_row> const& begun, redactor const& secrets, unknown_secrets unknown,
    std::vector<store::base_row>& moved);

} // namespace trunkline::sync
