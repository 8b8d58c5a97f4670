#include "impl.hpp"

#include "errors.hpp"

#include <array>

namespace trunkline::store {
namespace {

constexpr std::array<std::string_view, 5> state_names{
    "running", "done", "partial", "failed", "rolled_back"};

release_state state_from(std::string const& text)
{
    for (std::size_t i = 0; i < state_names.size(); ++i)
        if (state_names[i] == text) return static_cast<release_state>(i);
    fail(errc::store_corrupt, "the store holds a release in no known state; restore a backup");
}

std::string shown(std::int64_t number)
{
    return "r" + std::to_string(number);
}

} // namespace

std::string_view name(release_state s) noexcept
{
    return state_names[static_cast<std::size_t>(s)];
}

std::int64_t store::begin_release(tenant_id const& t, release_row const& row)
{
    return impl_->db.write([&] {
        // Safe as max + 1 because the write lock is held.
        std::int64_t number = 0;
        impl_->sql() << "SELECT coalesce(max(number), 0) + 1 FROM releases WHERE tenant = :t",
            soci::use(t.str()), soci::into(number);
        auto const started = row.started_at ? row.started_at : impl_->now();
        auto const plan = json::to_text(row.plan);
        impl_->sql()
            << "INSERT INTO releases (tenant, number, workspace, state, actor, title, started_at,"
               " ended_at, plan_digest, plan, result, reverts, backup_digest)"
               " VALUES (:t, :number, :workspace, 'running', :actor, :title, :started, 0,"
               " :plan_digest, :plan, 'null', nullif(:reverts, 0), nullif(:backup, ''))",
            soci::use(t.str()), soci::use(number), soci::use(row.workspace), soci::use(row.actor),
            soci::use(row.title), soci::use(started), soci::use(row.plan_digest), soci::use(plan),
            soci::use(row.reverts), soci::use(row.backup_digest);
        return number;
    });
}

void store::end_release(
    tenant_id const& t, std::int64_t number, release_state state, json::value const& result)
{
    impl_->db.write([&] {
        auto const text = json::to_text(result);
        auto const state_name = std::string(name(state));
        auto const ended = state == release_state::running ? 0 : impl_->now();
        soci::statement update = (impl_->sql().prepare
                << "UPDATE releases SET state = :state, result = :result, ended_at = :ended"
                   " WHERE tenant = :t AND number = :number",
            soci::use(state_name), soci::use(text), soci::use(ended), soci::use(t.str()),
            soci::use(number));
        update.execute(true);
        if (update.get_affected_rows() == 0)
            fail(errc::unknown_release,
                "tenant \"" + t.str() + "\" has no release " + shown(number) + "; see history");
    });
}

namespace {

/// Reads releases: all of the tenant if `number` is 0, newest first.
std::vector<release_row> list_releases(
    database& db, tenant_id const& t, std::int64_t number, bool with_plans)
{
    return db.guarded([&] {
        std::vector<release_row> found;
        release_row row;
        std::string state, plan, result;
        auto const plans = with_plans ? 1 : 0;
        soci::statement rows = (db.sql().prepare
                << "SELECT number, workspace, state, actor, title, started_at, ended_at, "
                   "plan_digest,"
                   " CASE WHEN :plans THEN plan ELSE 'null' END, result, coalesce(reverts, 0),"
                   " coalesce(backup_digest, '') FROM releases"
                   " WHERE tenant = :t AND :number IN (0, number) ORDER BY number DESC",
            soci::into(row.number), soci::into(row.workspace), soci::into(state),
            soci::into(row.actor), soci::into(row.title), soci::into(row.started_at),
            soci::into(row.ended_at), soci::into(row.plan_digest), soci::into(plan),
            soci::into(result), soci::into(row.reverts), soci::into(row.backup_digest),
            soci::use(plans), soci::use(t.str()), soci::use(number));
        for (rows.execute(); rows.fetch();) {
            auto& release = found.emplace_back(row);
            release.state = state_from(state);
            release.plan = parse_stored(plan, "the plan of release " + shown(row.number));
            release.result = parse_stored(result, "the result of release " + shown(row.number));
        }
        return found;
    });
}

} // namespace

std::optional<release_row> store::release(tenant_id const& t, std::int64_t number) const
{
    if (number <= 0) return std::nullopt;
    auto found = list_releases(impl_->db, t, number, true);
    if (found.empty()) return std::nullopt;
    return std::move(found.front());
}

std::vector<release_row> store::releases(tenant_id const& t, bool with_plans) const
{
    return list_releases(impl_->db, t, 0, with_plans);
}

std::optional<release_row> store::unfinished_release(tenant_id const& t) const
{
    for (auto& r : releases(t))
        if (r.state == release_state::running) return std::move(r);
    return std::nullopt;
}

} // namespace trunkline::store
