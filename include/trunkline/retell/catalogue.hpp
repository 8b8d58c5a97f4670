#pragma once

#include <trunkline/core/json.hpp>

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

/**
 * The field catalogue: one table that says of every known field what it is. Diff, merge, hash, export
 * and redaction all read it (spec/sync.md section 3). What it does not list is carried through
 * untouched and compared as an atomic value.
 */
namespace trunkline::retell {

enum class resource_kind : std::uint8_t { agent, llm, flow, phone_number };
/// "agent", "retell-llm", "conversation-flow", "phone-number"
std::string_view name(resource_kind k) noexcept;
std::optional<resource_kind> parse_resource_kind(std::string_view text) noexcept;

enum class field_class : std::uint8_t {
    managed,       ///< Atomic value. Also what unknown fields are.
    identity,      ///< The key; never written.
    server_owned,  ///< Never compared, never sent.
    server_filled, ///< Compared only if the author wrote it.
    release_owned, ///< Written by releases (version_title, version_description); not compared.
    reference,     ///< An id of another resource: a logical name in files.
    secret,        ///< Compared by keyed digest, redacted everywhere.
    secret_url,    ///< A URL whose query values and userinfo are secrets.
    write_only,    ///< Secret that cannot be read back.
    set,           ///< Array whose order does not count.
    keyed_list,    ///< Array of objects that have a key member.
    ordered_list,  ///< Array compared as one value.
    opaque_map,    ///< Object with the author's keys: merged per key, keys never interpreted.
    text,          ///< Long text: kept in a file of its own where the bundle says so.
    weighted_group,///< Atomic; weights sum to exactly 1.
    object,        ///< Known object, merged per member; "[]" in its place is damage and means {}.
    cosmetic,      ///< Written back, but no change by itself.
};
std::string_view name(field_class c) noexcept;

class field_rule {
public:
    resource_kind kind;
    /// Members joined by "/", "[]" for array items, "*" for any member, "**" for any depth at the front:
    /// "general_tools/[]/headers/*", "**/transition_condition/prompt".
    std::string_view path;
    field_class cls = field_class::managed;
    std::string_view key = {};       ///< keyed_list: the key member.
    std::string_view target = {};    ///< reference: kind referred to ("agent", "retell-llm", ..., "voice").
    std::string_view fallback = {};  ///< Documented default as JSON text; absent equals it. Empty: none.
};

std::span<field_rule const> field_rules() noexcept;

/// A position in a document while it is walked: which rule holds here.
class field_cursor {
public:
    explicit field_cursor(resource_kind kind);
    /// One member or one array item down.
    field_cursor member(std::string_view key) const;
    field_cursor item() const;
    field_class cls() const noexcept;
    field_rule const* rule() const noexcept; ///< Null where nothing is listed.

private:
    resource_kind kind_;
    std::vector<std::string> path_;
    field_rule const* rule_ = nullptr;
};

/// Turns "[]" into "{}" where the catalogue knows an object. Returns the JSON pointers repaired.
std::vector<std::string> repair_empty_objects(resource_kind kind, json::value& document);

/// Visits every secret string: catalogue positions, and members with a telling name ("api_key", "token",
/// "password", "authorization", ...) in parts the catalogue does not know. For secret_url the visitor sees
/// only the secret parts (userinfo, each query value). What it returns is put in place.
void for_each_secret(resource_kind kind, json::value& document,
    std::function<std::string(std::string_view secret)> const& replace);

/// Visits every reference: (kind referred to, id).
void for_each_reference(resource_kind kind, json::value& document,
    std::function<std::string(std::string_view target_kind, std::string_view id)> const& replace);

/// The part of a document that a release manages: without identity, server-owned, release-owned and
/// cosmetic fields; sets sorted; scalar language as one-element array; documented defaults dropped.
json::value managed_content(resource_kind kind, json::value const& document);
/// content_hash of managed_content.
std::string managed_hash(resource_kind kind, json::value const& document);

} // namespace trunkline::retell
