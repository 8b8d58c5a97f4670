#pragma once

#include "database.hpp"
#include "keys.hpp"

#include <trunkline/store/store.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace trunkline::store {

/// An open store: the connection, the keys and the clock. What its functions share lives here; none
/// of them opens a transaction of its own.
class store::impl {
public:
    impl(location where, store_options const& options);

    database db;
    key_ring keys;
    std::string environment; ///< What the process says.
    time_source* time;

    soci::session& sql() noexcept { return db.sql(); }
    std::int64_t now() const { return time->unix_ms(); }

    /// Inserts the document unless it is there. Returns its content hash.
    std::string add_document(tenant_id const& t, json::value const& document);
    /// The same; of a document that is shared already `document` becomes a copy.
    std::string share_document(tenant_id const& t, json::value& document);
    /// What is shared already as a copy, anything else as it is.
    json::value kept(json::value document);
    /// decode_document(), but what is shared already is not parsed again.
    json::value read_document(
        std::string const& digest, std::string const& checksum, std::string const& content);
    /// `condition` is ours, never a caller's text; its parameters are :kind and :key.
    std::vector<base_row> list_bases(tenant_id const& t, std::string_view workspace,
        std::string_view condition, std::string_view kind, std::string_view key);

    std::size_t sharers = 0;                       ///< How many store::sharing there are.
    std::unordered_set<std::string> known_secrets; ///< While there is one: tenant and reference.
    void forget_shared()
    {
        shared_.clear();
        known_secrets.clear();
    }
    /// The very content that is shared under this digest, not just an equal one.
    bool is_shared_as(std::string const& digest, json::value const& document) const;

private:
    class document_names {
    public:
        std::string digest;
        std::string checksum;
    };
    void insert_document(
        tenant_id const& t, std::string const& content, document_names const& names);
    /// Valid until the next call.
    document_names const& names_of(std::string const& content, json::value const& document);

    class shared_document {
    public:
        json::value document;
        std::string checksum; ///< Names the spelling too: equal meaning is not enough to share.
    };
    std::unordered_map<std::string, shared_document> shared_;         ///< By digest.
    std::unordered_map<std::string, document_names> named_documents_; ///< By content.
    std::size_t named_bytes_ = 0;
};

/// The tag of a database; empty if untagged.
std::string environment_tag(database& db);
/// Throws wrong_environment unless the tag is empty or `said`.
void require_same_environment(std::string_view what, std::string_view tag, std::string_view said);
/// The key source of a store: its own key file unless the options name another.
key_source key_source_of(location const& where, store_options const& options);
/// Throws invalid_argument for a name that could not be typed on a command line.
void require_valid_environment(std::string_view name);

/// Parses what the store wrote itself. Throws store_corrupt naming `what`.
json::value parse_stored(std::string_view text, std::string const& what);
/// Checks a document against its checksum and parses it. Throws store_corrupt naming it.
json::value decode_document(
    std::string const& digest, std::string const& checksum, std::string const& content);

} // namespace trunkline::store
