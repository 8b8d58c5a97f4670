#include "sync/links.hpp"
#include "sync/unit_run.hpp"

#include <trunkline/core/crypto.hpp>

#include <algorithm>

namespace trunkline::sync {
namespace {

constexpr int last_wave = 10;

bool names_number(json::value const& fallback)
{
    return !fallback.string_or("").empty();
}

/// A number that is a fallback may have none of its own, at any moment: first those go that are
/// cleared, then those change that had one, and only then others get one.
int fallback_wave(plan_unit const& u)
{
    auto const* const after = u.patch.find("fallback_number");
    if (!after || !names_number(*after)) return 0;
    return names_number(u.before.at_or_null("fallback_number")) ? 1 : 2;
}

/// Knowledge bases, engines, then agents to be created, then what links these, then numbers, then
/// releases (which may move numbers again). What is removed goes last: agents, the engines they
/// name, the knowledge bases these name.
int wave_of(plan_unit const& u)
{
    switch (u.action) {
    case unit_action::build_knowledge: return 0;
    case unit_action::create_engine: return 1;
    case unit_action::update_engine:
        return detail::named_agents(u.kind, u.expected).empty() ? 1 : 3;
    case unit_action::create_agent: return 2;
    case unit_action::link: return 3;
    case unit_action::update_number: return 4 + fallback_wave(u);
    case unit_action::release: return 7;
    case unit_action::remove:
        return u.kind == retell::resource_kind::agent         ? 8
            : u.kind == retell::resource_kind::knowledge_base ? last_wave
                                                              : 9;
    }
    return last_wave;
}

/// By what the marks of a release are told from others'. It follows from the release and the
/// store's key, so that a resumed run finds its own marks even if its journal lost its beginning.
std::string nonce_of(
    store::store const& s, tenant_id const& tenant, store::release_row const& release)
{
    auto const text = "release r" + std::to_string(release.number) + " of " +
        std::to_string(release.started_at) + ": " + release.plan_digest;
    return s.secret_reference(tenant, text).substr(secret_prefix.size(), 16);
}

} // namespace

std::string detail::mark_of(std::int64_t release, std::string_view nonce, std::string_view unit)
{
    auto const own =
        crypto::to_hex(crypto::sha256(std::string(nonce) + " " + std::string(unit))).substr(0, 12);
    return "[trunkline r" + std::to_string(release) + " " + own + "]";
}

bool carries_mark_of(store::store const& s, tenant_id const& tenant,
    store::release_row const& release, std::string_view description)
{
    auto const& units = release.plan.at_or_null("units");
    if (!units.is_array()) return false;
    auto const nonce = nonce_of(s, tenant, release);
    return std::ranges::any_of(units.as_array(), [&](json::value const& u) {
        return description.find(detail::mark_of(release.number, nonce, u.string_at("name"))) !=
            std::string_view::npos;
    });
}

release_process::release_process(
    plan p, release_context context, std::vector<store::journal_row> const& history)
    : plan_(std::move(p)), context_(std::move(context))
{
    if (auto const row = context_.store->release(context_.secrets.tenant(), context_.release))
        nonce_ = nonce_of(*context_.store, context_.secrets.tenant(), *row);
    json::object data;
    data.set("actor", context_.actor);
    data.set("lease", context_.lease_token);
    if (history.empty()) data.set("plan", plan_.digest());
    context_.store->append_journal(context_.secrets.tenant(), context_.release, "",
        history.empty() ? "plan" : "resumed", std::move(data));
    lease_held_at_ = context_.time->unix_ms();
    detail::unit_histories const by_unit(history);
    units_.reserve(plan_.units.size());
    for (auto const& u : plan_.units) {
        units_.push_back(detail::unit_run::make(*this, u, detail::recover(by_unit, u.name)));
        waves_.push_back(wave_of(u));
        updates_engines_ |= u.action == unit_action::update_engine;
        creates_named_ |=
            u.action == unit_action::create_agent || u.action == unit_action::build_knowledge;
    }
    start_wave();
}

release_process::~release_process() = default;

void release_process::start_wave()
{
    while (open_ == 0 && wave_ < last_wave) {
        ++wave_;
        std::vector<std::size_t> wave;
        for (std::size_t i = 0; i < units_.size(); ++i)
            if (waves_[i] == wave_) wave.push_back(i);
        open_ = wave.size();
        // A unit may end within start(); the counter is set before the first one begins.
        for (auto const i : wave) {
            auto unpublished = unpublished_target(plan_.units[i]);
            // A unit refers to its part of the plan: what was created by now is put in there.
            auto missing = creates_named_ ? detail::link(plan_.units[i], created_) : std::string();
            if (missing.empty()) missing = detail::link_engine(plan_.units[i], created_);
            if (missing.empty()) missing = std::move(unpublished);
            auto const unchanged = unchanged_engine(plan_.units[i]);
            if (units_[i]->was_done() || (missing.empty() && unchanged.empty())) units_[i]->start();
            else if (missing.empty())
                units_[i]->skip("its engine " + unchanged + " was not changed as planned");
            else
                units_[i]->skip("it refers to " + missing + ", which was not created and published");
        }
    }
}

/// The first agent that a number is to lead to and that this release did not create and publish.
std::string release_process::unpublished_target(plan_unit const& u) const
{
    if (!creates_named_ || u.action != unit_action::update_number) return {};
    for (auto const& agent : detail::named_agents(u.kind, json::value(u.patch)))
        for (auto const& other : units_)
            if (auto const& maker = other->unit(); maker.name == agent ||
                std::ranges::find(maker.publishes, agent) != maker.publishes.end())
                if (other->result().state != unit_state::done) return agent;
    return {};
}

/// The engine of a new agent, if what was edited in it could not be sent: published with the agent,
/// the old content would be what callers get.
std::string release_process::unchanged_engine(plan_unit const& u) const
{
    if (!updates_engines_ || u.action != unit_action::create_agent) return {};
    for (auto const& other : units_)
        if (auto const& engine = other->unit(); engine.action == unit_action::update_engine &&
            engine.name == u.engine_name && other->result().state != unit_state::done)
            return engine.name;
    return {};
}

void release_process::unit_ended()
{
    if (--open_ == 0) start_wave();
}

error_code release_process::admit(retell::call& c, diagnostics& diag)
{
    auto const ttl = context_.lease_ttl_ms;
    auto const now = context_.time->unix_ms();
    // Reads keep the lease alive too: looking for what may have been created can take as long as it lasts.
    bool const safe = c.op->retry == retell::retry_class::safe;
    if (safe && now - lease_held_at_ < ttl / 3) return {};
    if (!lease_lost() &&
        context_.store->hold_lease(context_.secrets.tenant(), context_.lease_token, ttl))
    {
        lease_held_at_ = now;
        if (safe) return {};
        // However long the client holds it back for its pace or a 429, it must not outlive the lease.
        c.options.send_within = std::chrono::milliseconds(ttl);
        return {};
    }
    diag.operation = c.op->name;
    diag.message = "another engine took over while this one was paused; " +
        std::string(c.op->name) + " was not sent, see: trunkline history";
    stop_everything(errc::store_locked, diag.message);
    return errc::store_locked;
}

void release_process::on_failure(error const& e)
{
    if (!fatal_) {
        fatal_ = e.code();
        fatal_message_ = e.what();
    }
    drop_everything();
}

void release_process::stop_everything(error_code code, std::string message)
{
    if (fatal_) return;
    fatal_ = code;
    fatal_message_ = std::move(message);
    cancel();
}

std::vector<unit_result> release_process::results() const
{
    std::vector<unit_result> out;
    for (auto const& u : units_) out.push_back(u->result());
    return out;
}

store::release_state release_process::state() const
{
    std::size_t done = 0;
    bool live = false;
    for (auto const& u : units_) {
        if (u->result().state == unit_state::interrupted || !u->ended())
            return store::release_state::running;
        done += u->result().state == unit_state::done;
        live = live || u->result().live;
    }
    if (done == units_.size()) return store::release_state::done;
    return done > 0 || live ? store::release_state::partial : store::release_state::failed;
}

} // namespace trunkline::sync
