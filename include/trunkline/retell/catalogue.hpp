#pragma once

#include <trunkline/core/json.hpp>

#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

/**
 * The field catalogue: one table that says of every known field what it is. Diff, merge, hash,
 * export and redaction all read it (spec/sync.md section 3). What it does not list is carried
 * through untouched and compared as an atomic value. docs/fields.md is the table for readers.
 *
 * Thread safety: everything here may be called from any thread; the table is compiled at first use.
 */
namespace trunkline::retell {

enum class resource_kind : std::uint8_t { agent, llm, flow, phone_number, knowledge_base };
inline constexpr std::size_t resource_kind_count = 5;
/// "agent", "retell-llm", "conversation-flow", "phone-number", "knowledge-base"
std::string_view name(resource_kind k) noexcept;
std::optional<resource_kind> parse_resource_kind(std::string_view text) noexcept;

enum class field_class : std::uint8_t {
    managed,        ///< Atomic value. Also what unknown fields are.
    identity,       ///< The key; never written.
    server_owned,   ///< Never compared, never sent.
    server_filled,  ///< Compared only if the author wrote it.
    release_owned,  ///< Written by releases (version_title, version_description); not compared.
    reference,      ///< An id of another resource: a logical name in files.
    secret,         ///< Compared by keyed digest, redacted everywhere.
    secret_url,     ///< A URL whose query values and userinfo are secrets.
    write_only,     ///< Secret that cannot be read back.
    set,            ///< Array whose order does not count.
    keyed_list,     ///< Array of objects that have a key member.
    ordered_list,   ///< Array compared as one value.
    opaque_map,     ///< Object with the author's keys: merged per key, keys never interpreted.
    text,           ///< Long text: kept in a file of its own where the bundle says so.
    weighted_group, ///< Atomic; weights sum to exactly 1.
    object,         ///< Known object, merged per member; "[]" in its place is damage and means {}.
    cosmetic,       ///< Written back, but no change by itself.
};
std::string_view name(field_class c) noexcept;
inline constexpr std::size_t field_class_count = 17;

enum class value_type : std::uint8_t {
    any,
    text,
    number,
    boolean,
    array,
    object,
    file, ///< Of forms only.
};

/// What the service takes in a field, as far as it is known. A later API may take more.
class value_rule {
public:
    value_type type = value_type::any;
    /// Of a number; `max` of a text is its longest, in characters.
    double min = -std::numeric_limits<double>::infinity();
    double max = std::numeric_limits<double>::infinity();
    std::string_view words = {}; ///< "fast,accurate": the text, or each item of the list, is one.
    bool nullable = true;
    bool open = false;                  ///< Other words may be right all the same.
    value_type items = value_type::any; ///< What each item of a list is.
};

class field_rule {
public:
    resource_kind kind;
    /// Members joined by "/", "[]" for array items, "*" for any member:
    /// "general_tools/[]/headers/*". JSON schemas nest; their rules are listed once and hold at any depth.
    std::string_view path;
    field_class cls = field_class::managed;
    /// keyed_list: the key member. reference: "member=value" of the same object if it is one only then.
    std::string_view key = {};
    /// reference: kind referred to ("agent", "retell-llm", "conversation-flow",
    /// "conversation-flow-component", "knowledge-base", "phone-number", "voice").
    std::string_view target = {};
    /// Documented default, or documented fill of a server_filled field, as JSON text: absent and null
    /// equal it. "null": none, but null clears the field. Empty: absent and null are two things.
    std::string_view fallback = {};
    value_rule values = {};
};

/// All rules, by kind, in the order of the table.
std::span<field_rule const> field_rules() noexcept;

/// Tells one catalogue from another: what was decided by one may not hold by the next.
std::string const& catalogue_digest();

/// The table as Markdown: what docs/fields.md holds.
std::string field_table_markdown();

namespace detail {
class field_node;
}

/// A position in a document while it is walked: which rule holds here. As cheap to copy as a pointer.
class field_cursor {
public:
    explicit field_cursor(resource_kind kind);
    /// One member or one array item down.
    field_cursor member(std::string_view key) const noexcept;
    field_cursor item() const noexcept;
    /// managed where nothing is listed; object for a document and for the items of a keyed_list.
    field_class cls() const noexcept;
    field_rule const* rule() const noexcept; ///< Null where nothing is listed.
    /// The default or fill that absent equals; a null value for "null". Null pointer: there is none.
    json::value const* fallback() const noexcept;
    /// Whether an object is the only right value here, so that "[]" is damage.
    bool is_object() const noexcept;
    /// Whether the names met from here on are the author's words about data (JSON schemas, response
    /// variables, analysis fields), so that a member called "token" is no secret.
    bool describes_data() const noexcept;
    /// The names listed here, for an object.
    std::vector<std::string_view> members() const;

private:
    friend std::optional<json::value> managed_value(field_cursor at, json::value const& v);
    explicit field_cursor(detail::field_node const* node) noexcept : node_(node) {}
    detail::field_node const* node_;
};

/// JSON pointers to where "[]" stands and the catalogue knows an object.
std::vector<std::string> damaged_objects(resource_kind kind, json::value const& document);
/// Turns "[]" into "{}" where the catalogue knows an object. Returns the JSON pointers repaired.
std::vector<std::string> repair_empty_objects(resource_kind kind, json::value& document);

/**
 * Visits every secret string: catalogue positions, and members with a telling name ("api_key",
 * "token", "password", "authorization", ...) in parts the catalogue does not know. For secret_url
 * the visitor sees only the secret parts (userinfo, each query value), as they stand in the URL.
 * What it returns is put in place. Empty strings and values that are nothing but a "{{variable}}"
 * are no secrets.
 *
 * The positions depend on names only, so they are the same when the secrets have been replaced, as
 * long as a replacement is not empty, no "{{variable}}", and free of the characters / ? # & and
 * space.
 */
void for_each_secret(resource_kind kind, json::value& document,
    std::function<std::string(std::string_view secret)> const& replace);

/// Whether a member of this name holds a secret, judged by its words: "x-api-key" and
/// "clientSecret" do, "max_tokens", "author" and "api_key_id" do not.
bool is_secret_name(std::string_view name);

/// Visits every reference: (kind referred to, id). What the visitor returns takes its place.
void for_each_reference(resource_kind kind, json::value& document,
    std::function<std::string(std::string_view target_kind, std::string_view id)> const& replace);
/// The same for who only reads.
void read_references(resource_kind kind, json::value const& document,
    std::function<void(std::string_view target_kind, std::string_view id)> const& visit);
/// Whether a document of `kind` has a reference to that resource; `id` as it stands there.
bool refers_to(
    resource_kind kind, json::value const& document, resource_kind target, std::string_view id);

/// The part of a document that a release manages: without identity, server-owned, release-owned,
/// write-only and cosmetic fields; sets sorted; scalar language as one-element array; documented
/// defaults and fills, nulls that equal them, and objects that hold nothing else dropped.
json::value managed_content(resource_kind kind, json::value const& document);
/// content_hash of managed_content.
std::string managed_hash(resource_kind kind, json::value const& document);

/// managed_content of one value at a position; nothing where it equals being absent.
std::optional<json::value> managed_value(field_cursor at, json::value const& v);

} // namespace trunkline::retell
