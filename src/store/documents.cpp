#include "impl.hpp"

#include "errors.hpp"

#include <trunkline/core/crypto.hpp>

#include <unordered_map>

namespace trunkline::store {
namespace {

/// Binds a document's spelling to its content hash: a document moved or edited in the file shows.
std::string checksum_of(std::string const& digest, std::string const& content)
{
    return crypto::to_hex(crypto::sha256(digest + "\n" + content));
}

/// What bases() and put_bases() exchange with the database; SOCI has no bool and works on variables.
class base_record {
public:
    base_row row;
    int published = 0;
    std::string checksum;
    std::string content;
};

} // namespace

json::value decode_document(
    std::string const& digest, std::string const& checksum, std::string const& content)
{
    if (checksum != checksum_of(digest, content))
        fail(errc::store_corrupt,
            "document " + digest + " in the store was altered; stop and restore a backup");
    return parse_stored(content, "document " + digest);
}

std::string store::impl::add_document(tenant_id const& t, json::value const& document)
{
    auto const content = json::to_text(document);
    auto const& names = names_of(content, document);
    insert_document(t, content, names);
    return names.digest;
}

void store::impl::insert_document(
    tenant_id const& t, std::string const& content, document_names const& names)
{
    auto const at = now();
    sql() << "INSERT INTO documents (tenant, digest, content, checksum, stored_at)"
             " VALUES (:t, :digest, :content, :checksum, :at) ON CONFLICT DO NOTHING",
        soci::use(t.str()), soci::use(names.digest), soci::use(content), soci::use(names.checksum),
        soci::use(at);
}

std::string store::impl::share_document(tenant_id const& t, json::value& document)
{
    if (sharers == 0) return add_document(t, document);
    auto const content = json::to_text(document);
    auto const& names = names_of(content, document);
    auto const& [digest, checksum] = names;
    insert_document(t, content, names);
    if (auto const known = shared_.find(digest); known != shared_.end()) {
        if (known->second.checksum == checksum) document = known->second.document;
        return digest;
    }
    // Of equal documents the store keeps the first spelling, which may be another one than this.
    std::string kept;
    sql() << "SELECT checksum FROM documents WHERE tenant = :t AND digest = :digest",
        soci::use(t.str()), soci::use(digest), soci::into(kept);
    if (kept == checksum) {
        shared_document s;
        s.document = document;
        s.checksum = checksum;
        shared_.emplace(digest, std::move(s));
    }
    return digest;
}

json::value store::impl::read_document(
    std::string const& digest, std::string const& checksum, std::string const& content)
{
    if (sharers == 0) return decode_document(digest, checksum, content);
    auto const known = shared_.find(digest);
    if (known != shared_.end() && known->second.checksum == checksum) return known->second.document;
    shared_document s;
    s.document = decode_document(digest, checksum, content);
    s.checksum = checksum;
    return shared_.insert_or_assign(digest, std::move(s)).first->second.document;
}

json::value store::impl::kept(json::value document)
{
    if (shared_.empty()) return document;
    auto const& names = names_of(json::to_text(document), document);
    auto const known = shared_.find(names.digest);
    bool const same = known != shared_.end() && known->second.checksum == names.checksum;
    return same ? known->second.document : document;
}

bool store::impl::is_shared_as(std::string const& digest, json::value const& document) const
{
    auto const known = shared_.find(digest);
    return known != shared_.end() && known->second.document.shares_with(document);
}

store::sharing::sharing(store const& s) : impl_(s.impl_.get())
{
    ++impl_->sharers;
}

store::sharing::~sharing()
{
    if (--impl_->sharers == 0) impl_->forget_shared();
}

/// A pull stores the same document as version, as read and as base: its digests are made once.
store::impl::document_names const& store::impl::names_of(
    std::string const& content, json::value const& document)
{
    constexpr std::size_t most_bytes = 16 << 20;
    if (auto const known = named_documents_.find(content); known != named_documents_.end())
        return known->second;
    if (named_bytes_ + content.size() > most_bytes) {
        named_documents_.clear();
        named_bytes_ = 0;
    }
    named_bytes_ += content.size();
    document_names names;
    names.digest = crypto::content_hash(document);
    names.checksum = checksum_of(names.digest, content);
    return named_documents_.emplace(content, std::move(names)).first->second;
}

std::string store::put_document(tenant_id const& t, json::value const& document)
{
    return impl_->db.write([&] { return impl_->add_document(t, document); });
}

std::optional<json::value> store::document(tenant_id const& t, std::string_view digest) const
{
    auto& db = impl_->db;
    return db.guarded([&]() -> std::optional<json::value> {
        auto const key = std::string(digest);
        std::string checksum, content;
        db.sql()
            << "SELECT checksum, content FROM documents WHERE tenant = :t AND digest = :digest",
            soci::use(t.str()), soci::use(key), soci::into(checksum), soci::into(content);
        if (!db.sql().got_data()) return std::nullopt;
        return impl_->read_document(key, checksum, content);
    });
}

void store::put_version(tenant_id const& t, version_row const& row)
{
    std::vector<version_row> one{row};
    put_versions(t, one);
}

void store::put_versions(tenant_id const& t, std::vector<version_row>& rows)
{
    if (rows.empty()) return;
    impl_->db.write([&] {
        version_row r;
        int published = 0;
        soci::statement known = (impl_->sql().prepare
                << "SELECT digest FROM versions WHERE tenant = :t AND kind = :kind AND id = :id"
                   " AND version = :version",
            soci::into(r.digest), soci::use(t.str()), soci::use(r.kind), soci::use(r.id),
            soci::use(r.version));
        soci::statement insert = (impl_->sql().prepare
                << "INSERT INTO versions"
                   " (tenant, kind, id, version, published, digest, remote_stamp, seen_at)"
                   " VALUES (:t, :kind, :id, :version, :published, :digest, :stamp, :seen)"
                   " ON CONFLICT (tenant, kind, id, version) DO UPDATE SET"
                   " published = excluded.published, digest = excluded.digest,"
                   " remote_stamp = excluded.remote_stamp, seen_at = excluded.seen_at",
            soci::use(t.str()), soci::use(r.kind), soci::use(r.id), soci::use(r.version),
            soci::use(published), soci::use(r.digest), soci::use(r.remote_stamp),
            soci::use(r.seen_at));
        for (auto& row : rows) {
            r.kind = row.kind;
            r.id = row.id;
            r.version = row.version;
            r.remote_stamp = row.remote_stamp;
            r.seen_at = row.seen_at ? row.seen_at : impl_->now();
            published = row.published ? 1 : 0;
            // What was read from here is known by its digest, and need not be spelled for it.
            bool const is_kept = impl_->sharers > 0 && known.execute(true) &&
                impl_->is_shared_as(r.digest, row.document);
            if (!is_kept) r.digest = impl_->share_document(t, row.document);
            insert.execute(true);
        }
    });
}

json::value store::shared(json::value document) const
{
    return impl_->kept(std::move(document));
}

std::optional<version_row> store::version(
    tenant_id const& t, std::string_view kind, std::string_view id, std::int64_t version) const
{
    auto& db = impl_->db;
    return db.guarded([&]() -> std::optional<version_row> {
        version_row row;
        row.kind = kind;
        row.id = id;
        row.version = version;
        int published = 0;
        std::string checksum, content;
        db.sql()
            << "SELECT v.published, v.digest, v.remote_stamp, v.seen_at, d.checksum, d.content"
               " FROM versions v JOIN documents d ON d.tenant = v.tenant AND d.digest = v.digest"
               " WHERE v.tenant = :t AND v.kind = :kind AND v.id = :id AND v.version = :version",
            soci::use(t.str()), soci::use(row.kind), soci::use(row.id), soci::use(row.version),
            soci::into(published), soci::into(row.digest), soci::into(row.remote_stamp),
            soci::into(row.seen_at), soci::into(checksum), soci::into(content);
        if (!db.sql().got_data()) return std::nullopt;
        row.published = published != 0;
        row.document = impl_->read_document(row.digest, checksum, content);
        return row;
    });
}

namespace {

/// `condition` is ours, never a caller's text; its parameters are :kind and :id, of one id after
/// the other.
std::vector<version_row> list_versions(database& db, tenant_id const& t, std::string_view condition,
    std::string const& kind, std::vector<std::string> const& ids)
{
    return db.guarded([&] {
        std::vector<version_row> found;
        version_row row;
        int published = 0;
        std::string id;
        soci::statement rows = (db.sql().prepare << "SELECT kind, id, version, published, digest, "
                                                    "remote_stamp, seen_at FROM versions"
                                                    " WHERE tenant = :t AND "
                                                 << condition << " ORDER BY kind, id, version DESC",
            soci::into(row.kind), soci::into(row.id), soci::into(row.version), soci::into(published),
            soci::into(row.digest), soci::into(row.remote_stamp), soci::into(row.seen_at),
            soci::use(t.str(), "t"), soci::use(kind, "kind"), soci::use(id, "id"));
        for (auto const& wanted : ids) {
            id = wanted;
            for (rows.execute(); rows.fetch();) {
                row.published = published != 0;
                found.push_back(row);
            }
        }
        return found;
    });
}

} // namespace

std::vector<version_row> store::versions(
    tenant_id const& t, std::string_view kind, std::string_view id) const
{
    return versions_of(t, kind, {std::string(id)});
}

std::vector<version_row> store::versions_of(
    tenant_id const& t, std::string_view kind, std::vector<std::string> const& ids) const
{
    return list_versions(impl_->db, t, "kind = :kind AND id = :id", std::string(kind), ids);
}

std::vector<version_row> store::all_versions(tenant_id const& t) const
{
    return list_versions(impl_->db, t, "(:kind = '' AND :id = '')", {}, {""});
}

namespace {

void copy_without_document(base_row& to, base_row const& from)
{
    to.kind = from.kind;
    to.id = from.id;
    to.name = from.name;
    to.version = from.version;
    to.list_stamp = from.list_stamp;
    to.engine_kind = from.engine_kind;
    to.engine_id = from.engine_id;
    to.engine_version = from.engine_version;
}

} // namespace

void store::put_bases(
    tenant_id const& t, std::string_view workspace, std::vector<base_row> const& rows)
{
    if (rows.empty()) return;
    auto const space = std::string(workspace);
    impl_->db.write([&] {
        base_record r;
        soci::statement insert = (impl_->sql().prepare
                << "INSERT OR REPLACE INTO bases (tenant, workspace, kind, id, name, version, "
                   "published,"
                   " list_stamp, engine_kind, engine_id, engine_version, digest)"
                   " VALUES (:t, :space, :kind, :id, :name, :version, :published,"
                   " :stamp, :engine_kind, :engine_id, :engine_version, :digest)",
            soci::use(t.str()), soci::use(space), soci::use(r.row.kind), soci::use(r.row.id),
            soci::use(r.row.name), soci::use(r.row.version), soci::use(r.published),
            soci::use(r.row.list_stamp), soci::use(r.row.engine_kind), soci::use(r.row.engine_id),
            soci::use(r.row.engine_version), soci::use(r.row.digest));
        soci::statement known = (impl_->sql().prepare
                << "SELECT digest FROM bases WHERE tenant = :t AND workspace = :space"
                   " AND kind = :kind AND id = :id",
            soci::into(r.row.digest), soci::use(t.str()), soci::use(space), soci::use(r.row.kind),
            soci::use(r.row.id));
        for (auto const& row : rows) {
            copy_without_document(r.row, row);
            r.published = row.published ? 1 : 0;
            bool const is_kept = impl_->sharers > 0 && known.execute(true) &&
                impl_->is_shared_as(r.row.digest, row.document);
            if (!is_kept) r.row.digest = impl_->add_document(t, row.document);
            insert.execute(true);
        }
    });
}

void store::erase_base(
    tenant_id const& t, std::string_view workspace, std::string_view kind, std::string_view id)
{
    auto const space = std::string(workspace), k = std::string(kind), i = std::string(id);
    impl_->db.write([&] {
        impl_->sql()
            << "DELETE FROM bases WHERE tenant = :t AND workspace = :space AND kind = :kind"
               " AND id = :id",
            soci::use(t.str()), soci::use(space), soci::use(k), soci::use(i);
    });
}

std::vector<base_row> store::impl::list_bases(tenant_id const& t, std::string_view workspace,
    std::string_view condition, std::string_view kind, std::string_view key)
{
    auto const space = std::string(workspace), k = std::string(kind), at = std::string(key);
    return db.guarded([&] {
        std::vector<base_row> found;
        base_record r;
        soci::statement rows = (db.sql().prepare
                << "SELECT b.kind, b.id, b.name, b.version, b.published, b.list_stamp, "
                   "b.engine_kind,"
                   " b.engine_id, b.engine_version, b.digest, d.checksum, d.content"
                   " FROM bases b JOIN documents d ON d.tenant = b.tenant AND d.digest = b.digest"
                   " WHERE b.tenant = :t AND b.workspace = :space AND "
                << condition << " ORDER BY b.kind, b.id",
            soci::into(r.row.kind), soci::into(r.row.id), soci::into(r.row.name),
            soci::into(r.row.version), soci::into(r.published), soci::into(r.row.list_stamp),
            soci::into(r.row.engine_kind), soci::into(r.row.engine_id),
            soci::into(r.row.engine_version), soci::into(r.row.digest), soci::into(r.checksum),
            soci::into(r.content), soci::use(t.str(), "t"), soci::use(space, "space"),
            soci::use(k, "kind"), soci::use(at, "key"));
        // What an agent's engine agreed on is mostly what the engine's own row holds.
        std::unordered_map<std::string, json::value> known;
        for (rows.execute(); rows.fetch();) {
            auto& row = found.emplace_back(r.row);
            row.published = r.published != 0;
            auto const [document, is_new] = known.try_emplace(r.row.digest);
            if (is_new) document->second = read_document(r.row.digest, r.checksum, r.content);
            row.document = document->second;
        }
        return found;
    });
}

namespace {

std::optional<base_row> first_of(std::vector<base_row> rows)
{
    if (rows.empty()) return std::nullopt;
    return std::move(rows.front());
}

} // namespace

std::vector<base_row> store::bases(tenant_id const& t, std::string_view workspace) const
{
    return impl_->list_bases(t, workspace, "(:kind = '' AND :key = '')", {}, {});
}

std::optional<base_row> store::base(tenant_id const& t, std::string_view workspace,
    std::string_view kind, std::string_view id) const
{
    return first_of(impl_->list_bases(t, workspace, "b.kind = :kind AND b.id = :key", kind, id));
}

std::optional<base_row> store::base_named(tenant_id const& t, std::string_view workspace,
    std::string_view kind, std::string_view name) const
{
    return first_of(impl_->list_bases(t, workspace, "b.kind = :kind AND b.name = :key", kind, name));
}

} // namespace trunkline::store
