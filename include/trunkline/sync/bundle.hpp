#pragma once

#include <trunkline/core/json.hpp>
#include <trunkline/retell/catalogue.hpp>
#include <trunkline/sync/redactor.hpp>

#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/**
 * The account as files people edit: one JSON file a resource, prompts as Markdown beside it.
 *
 *     DIR/trunkline.json                    workspace, tenant, format
 *     DIR/agents/NAME.json                  DIR/llms/NAME.json   DIR/llms/NAME.prompt.md
 *     DIR/flows/NAME.json                   DIR/numbers/+49....json
 *     DIR/knowledge/NAME.json               texts of it may stand beside it
 *     DIR/deleted.json                      what is to be deleted, by name
 *
 * Prompts are UTF-8; a byte order mark and the line ends of Windows are left out. Files hold no
 * ids: resources refer to each other as "@llms/NAME", prompts as
 * "@file:NAME.prompt.md", secrets as "@secret:..." or "@env:NAME"; a literal text that begins with
 * "@" in such a place is written with one more "@".
 */
namespace trunkline::sync {

inline constexpr int bundle_format = 1;

/// The folder of a kind: "agents", "llms", "flows", "numbers", "knowledge".
std::string_view folder(retell::resource_kind kind) noexcept;

/// Which name a resource has in the files. Engines may have several variants of one id (see variant()).
class name_table {
public:
    void add(retell::resource_kind kind, std::string id, std::string name);
    /// Of a resource that is gone and that others still name (see gone_kind()). One that has the
    /// name now goes before it.
    void add_gone(retell::resource_kind kind, std::string id, std::string name);
    bool is_gone(retell::resource_kind kind, std::string_view name) const;
    /// Null when unknown.
    std::string const* name_of(retell::resource_kind kind, std::string_view id) const;
    std::string const* id_of(retell::resource_kind kind, std::string_view name) const;
    /// A name that is free: a readable form of `wish`, with a number behind it if that is taken.
    std::string fresh(retell::resource_kind kind, std::string_view wish) const;

private:
    using key = std::pair<retell::resource_kind, std::string>;
    std::map<key, std::string> name_by_id_;
    std::map<key, std::string> id_by_name_;
    std::set<key> gone_; ///< Kind and name.
};

/// "Praxis Dr. Müller – Empfang" gives "praxis-dr-mueller-empfang"; never empty.
std::string slug(std::string_view text);

/// Two agents may name different versions of one engine with different content: each such content
/// is a variant with a file of its own. The first is the id itself, the others "ID@VERSION".
std::string variant(std::string_view engine_id, std::int64_t version);
/// The id without the variant.
std::string_view plain_id(std::string_view key) noexcept;

/// One resource as read from its files. The document is redacted; references are ids where the name
/// is known, else still "@folder/name" (a resource that is to be created).
class bundle_entry {
public:
    bundle_entry() {}
    retell::resource_kind kind = retell::resource_kind::agent;
    std::string name;
    std::filesystem::path file;
    json::value document;
    std::string engine_name;                  ///< Agents: the name their response_engine refers to.
    std::vector<std::filesystem::path> texts; ///< Files beside it that its prompts stand in.
    /// Content hash of the document, by whoever keeps it in memory (see unchanged_memory); empty:
    /// not known.
    std::string digest;
};

class bundle {
public:
    bundle() {}
    std::string workspace;
    std::string tenant;
    std::vector<bundle_entry> entries;
    std::vector<std::string> deleted; ///< What deleted.json asks to delete: "agents/NAME".
    /// Prompt files that no document refers to ("llms/NAME.prompt.md"): edits in them say nothing.
    std::vector<std::string> unused_texts;

    bundle_entry const* find(retell::resource_kind kind, std::string_view name) const noexcept;
};

/// The one file that deletes: {"delete": ["agents/NAME", "llms/NAME", "flows/NAME",
/// "knowledge/NAME"]}. A file of a resource that is missing deletes nothing.
inline constexpr std::string_view deleted_name = "deleted.json";

/// What is written for one resource: file name (relative to the bundle) and content.
using file_set = std::map<std::filesystem::path, std::string>;

/// Says whether a pin (number, agent id, version) follows the agent's releases.
using follow_rule = std::function<bool(std::string_view, std::string_view, std::int64_t)>;

/// What stands for the version of a pin that follows the agent's releases.
inline constexpr char const* released_mark = "released";

/// Replaces the versions of following pins by the mark. Number documents are kept and compared in
/// this form, so that a release of the agent is no change of the number.
void mark_followers(json::value& number, follow_rule const& follows);

/**
 * Renders one redacted document as files.
 * @param engine_key  agents: the key of the engine's variant, for the name their file refers to.
 */
file_set render(retell::resource_kind kind, std::string_view name, json::value document,
    name_table const& names, std::string_view engine_key);

/// Writes what differs, each file by replacing it as a whole. Returns how many were written.
/// Throws trunkline::error (invalid_bundle) naming the file.
std::size_t write_files(std::filesystem::path const& dir, file_set const& files);

/// Reads DIR/trunkline.json; nothing if there is no bundle. Throws invalid_bundle for a damaged or newer one.
std::optional<bundle> read_header(std::filesystem::path const& dir);
void write_header(std::filesystem::path const& dir, bundle const& header);

/// What was agreed on of a resource; null if nothing. A file mostly says the same, and what is the
/// same is kept in memory once.
using agreed_documents =
    std::function<json::value const*(retell::resource_kind, std::string_view name)>;

/**
 * Reads a whole bundle. Any unreadable or malformed file makes the whole reading fail, with every
 * problem in the message (file, line, column): an unreadable input must never look like a deletion.
 * Throws trunkline::error (invalid_bundle).
 */
bundle read_bundle(std::filesystem::path const& dir, name_table const& names,
    redactor const& secrets, unknown_secrets unknown = unknown_secrets::refuse,
    agreed_documents const& agreed = {});

} // namespace trunkline::sync
