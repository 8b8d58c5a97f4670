#include "chain.hpp"
#include "errors.hpp"
#include "impl.hpp"

#include <algorithm>

namespace trunkline::store {
namespace {

/// The number that stands for the audit trail in table "chains", where others are those of releases.
constexpr std::int64_t audit_chain = 0;

/// Where a chain ends. A chain alone does not show that its last records were cut off.
class chain_end {
public:
    std::int64_t length = 0;
    std::string head;
};

// The first record follows the name of its chain, so that a chain cannot stand in for another.
std::string journal_name(tenant_id const& t, std::int64_t release)
{
    return chain_hash("trunkline journal", {t.str(), std::to_string(release)});
}

std::string audit_name(tenant_id const& t)
{
    return chain_hash("trunkline audit", {t.str()});
}

std::string hash_of(std::string_view previous, journal_row const& row, std::string_view data)
{
    return chain_hash(
        previous, {std::to_string(row.sequence), std::to_string(row.at), row.unit, row.type, data});
}

std::string hash_of(std::string_view previous, audit_row const& row, std::string_view data)
{
    return chain_hash(previous,
        {std::to_string(row.sequence), std::to_string(row.at), row.actor, row.action, row.subject,
            data});
}

[[noreturn]] void fail_broken(std::string const& chain, std::int64_t sequence)
{
    fail(errc::store_corrupt,
        chain + ": record " + std::to_string(sequence) +
            " was altered or is missing; stop, keep the files for inspection and restore a backup");
}

[[noreturn]] void fail_unknown_release(tenant_id const& t, std::int64_t release)
{
    fail(errc::unknown_release,
        "tenant \"" + t.str() + "\" has no release r" + std::to_string(release) + "; see history");
}

chain_end read_end(
    database& db, tenant_id const& t, std::int64_t release, std::string const& chain_name)
{
    chain_end end;
    db.sql() << "SELECT length, head FROM chains WHERE tenant = :t AND release_number = :release",
        soci::use(t.str()), soci::use(release), soci::into(end.length), soci::into(end.head);
    if (!db.sql().got_data()) end.head = chain_name;
    return end;
}

void write_end(database& db, tenant_id const& t, std::int64_t release, std::int64_t length,
    std::string const& head)
{
    db.sql() << "INSERT INTO chains (tenant, release_number, length, head)"
                " VALUES (:t, :release, :length, :head) ON CONFLICT (tenant, release_number)"
                " DO UPDATE SET length = excluded.length, head = excluded.head",
        soci::use(t.str()), soci::use(release), soci::use(length), soci::use(head);
}

/// Nothing if there is no such release.
std::optional<chain_end> journal_end(database& db, tenant_id const& t, std::int64_t release)
{
    int known = 0;
    db.sql() << "SELECT count(*) FROM releases WHERE tenant = :t AND number = :release",
        soci::use(t.str()), soci::use(release), soci::into(known);
    if (!known) return std::nullopt;
    return read_end(db, t, release, journal_name(t, release));
}

chain_end audit_end(database& db, tenant_id const& t)
{
    return read_end(db, t, audit_chain, audit_name(t));
}

/// Walks records in order and tells the first that does not fit.
class chain_walk {
public:
    chain_walk(std::int64_t first, std::string before) : next_(first), hash_(std::move(before)) {}

    /// False from the first record on that does not fit.
    template <class Row>
    bool step(Row const& row, std::string_view data)
    {
        if (bad_) return false;
        if (row.sequence != next_ || row.hash != hash_of(hash_, row, data)) {
            bad_ = next_;
            return false;
        }
        hash_ = row.hash;
        ++next_;
        return true;
    }
    /// Of the last record that fits.
    std::string const& hash() const noexcept { return hash_; }
    /// The first bad or missing record, given where the chain should end.
    std::optional<std::int64_t> finish(chain_end const& end) const
    {
        if (bad_) return bad_;
        if (next_ != end.length + 1) return std::min(next_, end.length + 1);
        if (hash_ != end.head) return end.length;
        return std::nullopt;
    }

private:
    std::int64_t next_;
    std::string hash_;
    std::optional<std::int64_t> bad_;
};

/// The next record of a chain that ends with `end`.
template <class Row>
void link(Row& row, chain_end const& end, std::string_view data)
{
    row.sequence = end.length + 1;
    row.hash = hash_of(end.head, row, data);
}

void insert_journal(
    database& db, tenant_id const& t, journal_row const& row, std::string const& data)
{
    db.sql() << "INSERT INTO journal (tenant, release_number, sequence, unit, type, data, at, hash)"
                " VALUES (:t, :release, :sequence, :unit, :type, :data, :at, :hash)",
        soci::use(t.str()), soci::use(row.release), soci::use(row.sequence), soci::use(row.unit),
        soci::use(row.type), soci::use(data), soci::use(row.at), soci::use(row.hash);
    write_end(db, t, row.release, row.sequence, row.hash);
}

void insert_audit(database& db, tenant_id const& t, audit_row const& row, std::string const& data)
{
    db.sql() << "INSERT INTO audit (tenant, sequence, at, actor, action, subject, data, hash)"
                " VALUES (:t, :sequence, :at, :actor, :action, :subject, :data, :hash)",
        soci::use(t.str()), soci::use(row.sequence), soci::use(row.at), soci::use(row.actor),
        soci::use(row.action), soci::use(row.subject), soci::use(data), soci::use(row.hash);
    write_end(db, t, audit_chain, row.sequence, row.hash);
}

/// Calls `visit(row, data)` for each record of a journal, in order.
template <class Visitor>
void visit_journal(database& db, tenant_id const& t, std::int64_t release, Visitor visit)
{
    journal_row row;
    row.release = release;
    std::string data;
    soci::statement rows =
        (db.sql().prepare << "SELECT sequence, unit, type, data, at, hash FROM journal"
                             " WHERE tenant = :t AND release_number = :release ORDER BY sequence",
            soci::into(row.sequence), soci::into(row.unit), soci::into(row.type), soci::into(data),
            soci::into(row.at), soci::into(row.hash), soci::use(t.str()), soci::use(release));
    for (rows.execute(); rows.fetch();) visit(row, data);
}

/// Calls `visit(row, data)` for each audit record from `first` on, in order.
template <class Visitor>
void visit_audit(database& db, tenant_id const& t, std::int64_t first, Visitor visit)
{
    audit_row row;
    std::string data;
    soci::statement rows =
        (db.sql().prepare << "SELECT sequence, at, actor, action, subject, data, hash FROM audit"
                             " WHERE tenant = :t AND sequence >= :first ORDER BY sequence",
            soci::into(row.sequence), soci::into(row.at), soci::into(row.actor),
            soci::into(row.action), soci::into(row.subject), soci::into(data), soci::into(row.hash),
            soci::use(t.str()), soci::use(first));
    for (rows.execute(); rows.fetch();) visit(row, data);
}

/// The hash that record `first` follows.
std::string audit_hash_before(database& db, tenant_id const& t, std::int64_t first)
{
    if (first <= 1) return audit_name(t);
    auto const previous = first - 1;
    std::string hash;
    db.sql() << "SELECT hash FROM audit WHERE tenant = :t AND sequence = :previous",
        soci::use(t.str()), soci::use(previous), soci::into(hash);
    return hash;
}

std::string audit_title(tenant_id const& t)
{
    return "the audit trail of tenant \"" + t.str() + "\"";
}

} // namespace

void store::append_journal(tenant_id const& t, std::int64_t release, std::string_view unit,
    std::string_view type, json::value const& data)
{
    auto& db = impl_->db;
    db.write([&] {
        auto const end = journal_end(db, t, release);
        if (!end) fail_unknown_release(t, release);
        journal_row row;
        row.release = release;
        row.unit = unit;
        row.type = type;
        row.at = impl_->now();
        auto const text = json::to_text(data);
        link(row, *end, text);
        insert_journal(db, t, row, text);
    });
}

std::vector<journal_row> store::journal(tenant_id const& t, std::int64_t release) const
{
    auto& db = impl_->db;
    return db.read([&] {
        std::vector<journal_row> found;
        auto const end = journal_end(db, t, release);
        if (!end) fail_unknown_release(t, release);
        auto const title =
            "the journal of release r" + std::to_string(release) + " of tenant \"" + t.str() + "\"";
        chain_walk walk(1, journal_name(t, release));
        std::vector<std::string> texts;
        visit_journal(db, t, release, [&](journal_row const& row, std::string const& data) {
            walk.step(row, data);
            found.push_back(row);
            texts.push_back(data);
        });
        if (auto const bad = walk.finish(*end)) fail_broken(title, *bad);
        for (std::size_t i = 0; i < found.size(); ++i) // only what is proved is interpreted
            found[i].data = parse_stored(texts[i], title);
        return found;
    });
}

std::optional<journal_cut> store::cut_journal(tenant_id const& t, std::int64_t release)
{
    auto& db = impl_->db;
    return db.write([&]() -> std::optional<journal_cut> {
        auto const end = journal_end(db, t, release);
        if (!end) fail_unknown_release(t, release);
        chain_walk walk(1, journal_name(t, release));
        chain_end good;
        std::string lost;
        std::int64_t records = 0;
        visit_journal(db, t, release, [&](journal_row const& row, std::string const& data) {
            if (walk.step(row, data)) {
                good.length = row.sequence;
                return;
            }
            ++records;
            lost = chain_hash(lost, {row.unit, row.type, data});
        });
        auto const bad = walk.finish(*end);
        if (!bad) return std::nullopt;
        good.head = walk.hash();
        db.sql() << "DELETE FROM journal WHERE tenant = :t AND release_number = :release"
                    " AND sequence > :last",
            soci::use(t.str()), soci::use(release), soci::use(good.length);
        json::object data{
            {"release", release}, {"first_bad", *bad}, {"records", records}, {"lost", lost}};
        auto const text = json::to_text(json::value(data));
        journal_row row;
        row.release = release;
        row.type = "cut";
        row.at = impl_->now();
        link(row, good, text);
        insert_journal(db, t, row, text);
        audit_row note;
        note.at = row.at;
        note.actor = "trunkline";
        note.action = "journal-cut";
        note.subject = "r" + std::to_string(release);
        link(note, audit_end(db, t), text);
        insert_audit(db, t, note, text);
        journal_cut cut;
        cut.first_bad = *bad;
        cut.records = records;
        return cut;
    });
}

void store::append_audit(tenant_id const& t, std::string_view actor, std::string_view action,
    std::string_view subject, json::value const& data)
{
    auto& db = impl_->db;
    db.write([&] {
        auto const end = audit_end(db, t);
        audit_row row;
        row.at = impl_->now();
        row.actor = actor;
        row.action = action;
        row.subject = subject;
        auto const text = json::to_text(data);
        link(row, end, text);
        insert_audit(db, t, row, text);
    });
}

std::vector<audit_row> store::audit(tenant_id const& t, std::size_t newest) const
{
    auto& db = impl_->db;
    return db.read([&] {
        auto const end = audit_end(db, t);
        auto const wanted = std::min(static_cast<std::size_t>(end.length), newest);
        auto const first = end.length - static_cast<std::int64_t>(wanted) + 1;
        chain_walk walk(first, audit_hash_before(db, t, first));
        std::vector<audit_row> found;
        std::vector<std::string> texts;
        visit_audit(db, t, first, [&](audit_row const& row, std::string const& data) {
            walk.step(row, data);
            found.push_back(row);
            texts.push_back(data);
        });
        if (auto const bad = walk.finish(end)) fail_broken(audit_title(t), *bad);
        for (std::size_t i = 0; i < found.size(); ++i)
            found[i].data = parse_stored(texts[i], audit_title(t));
        std::ranges::reverse(found);
        return found;
    });
}

std::optional<std::int64_t> store::verify_audit(tenant_id const& t) const
{
    auto& db = impl_->db;
    return db.read([&] {
        auto const end = audit_end(db, t);
        chain_walk walk(1, audit_name(t));
        visit_audit(
            db, t, 1, [&](audit_row const& row, std::string const& data) { walk.step(row, data); });
        return walk.finish(end);
    });
}

} // namespace trunkline::store
