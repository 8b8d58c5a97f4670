#include "control_center/impl.hpp"

#include <trunkline/retell/guarded_client.hpp>

#include <pwd.h>
#include <unistd.h>

#include <charconv>
#include <cstdlib>

namespace trunkline {
namespace {

std::string login_name()
{
    if (auto const* const entry = ::getpwuid(::geteuid()); entry && entry->pw_name)
        return entry->pw_name;
    return std::to_string(::geteuid());
}

/// What this object holds is known by its value, whatever it looks like.
mask_policy policy_of(control_center_options const& o)
{
    mask_policy::builder b(mask_policy::for_operators());
    if (o.client.api_key.size() >= mask_policy::shortest_secret &&
        o.client.api_key.size() <= mask_policy::longest_secret)
        b.secret(o.client.api_key);
    return b.build();
}

void append(retell::guard_metrics& out, resilience::cache_stats const& s)
{
    using kind = retell::metric::kind;
    auto const add = [&](std::string_view name, kind k, auto v, auto... labels) {
        out.emplace_back(name, k, static_cast<double>(v),
            std::vector<std::pair<std::string_view, std::string>>{labels...});
    };
    auto const answers = [&](char const* state, std::uint64_t v) {
        add("trunkline_cache_answers_total", kind::counter, v,
            std::pair<std::string_view, std::string>("state", state));
    };
    answers("fresh", s.fresh);
    answers("stale", s.stale);
    answers("miss", s.misses);
    add("trunkline_cache_waits_total", kind::counter, s.waits);
    add("trunkline_cache_loads_total", kind::counter, s.loads);
    add("trunkline_cache_load_failures_total", kind::counter, s.failures);
    add("trunkline_cache_late_loads_total", kind::counter, s.late);
    add("trunkline_cache_left_to_peers_total", kind::counter, s.left_to_peers);
    add("trunkline_cache_evictions_total", kind::counter, s.evictions);
    add("trunkline_cache_backing_errors_total", kind::counter, s.backing_errors);
    add("trunkline_cache_entries", kind::gauge, s.entries);
    add("trunkline_cache_bytes", kind::gauge, s.bytes);
}

trunkline::store::store open_store(control_center_options& o)
{
    if (o.actor.empty()) o.actor = login_name();
    o.store.time = o.time;
    return trunkline::store::store::open(o.store_url, o.store);
}

} // namespace

control_center::impl::impl(asio::any_io_executor ex, control_center_options o)
    : executor(std::move(ex)),
      options(std::move(o)),
      time(options.time ? *options.time : system_time::instance()),
      store(open_store(options)),
      secrets(policy_of(options))
{
    if (!options.store.read_only) store.ensure_tenant(options.tenant);
}

retell::client& control_center::impl::need_client()
{
    if (!client) {
        auto o = options.client;
        if (o.tenant.empty()) o.tenant = options.tenant;
        auto protection = options.guard;
        if (!protection.strict) protection.strict = detail::strict_limit_of(executor, options);
        o = retell::guarded(std::move(o), std::move(protection), options.shared_as);
        guard = std::dynamic_pointer_cast<retell::guarded_admission>(o.admission);
        if (guard) // the space lives as long as its admission
            link = detail::link_hosts(executor, options, {guard, &guard->space()});
        if (options.cache && !o.cache) o.cache = make_cache();
        cache = o.cache;
        client.emplace(executor, std::move(o));
    }
    return *client;
}

std::shared_ptr<retell::read_cache> control_center::impl::make_cache()
{
    bool const lasts =
        !options.store.read_only && options.store_url.find(":memory:") == std::string::npos;
    if (lasts) {
        trunkline::store::cached_values_options o;
        o.time = options.time;
        last_good.emplace(trunkline::store::store::open(options.store_url, options.store), o);
    }
    std::shared_ptr<resilience::resilience_space> space;
    if (guard) space = {guard, &guard->space()};
    return std::make_shared<retell::read_cache>(
        *options.cache, time, last_good ? &*last_good : nullptr, std::move(space));
}

control_center::control_center(asio::any_io_executor executor, control_center_options options)
    : impl_(std::make_unique<impl>(std::move(executor), std::move(options)))
{}
control_center::~control_center() = default;

control_center::executor_type control_center::get_executor() const noexcept
{
    return impl_->executor;
}
trunkline::store::store& control_center::store() noexcept
{
    return impl_->store;
}
retell::client& control_center::client()
{
    return impl_->need_client();
}
retell::guard_metrics control_center::metrics() const
{
    retell::guard_metrics out;
    if (impl_->guard) out = impl_->guard->metrics(std::chrono::steady_clock::now());
    if (impl_->cache) append(out, impl_->cache->values().stats());
    if (impl_->link) impl_->link->append_to(out);
    return out;
}
tenant_id const& control_center::tenant() const noexcept
{
    return impl_->options.tenant;
}

std::vector<store::release_row> control_center::history()
{
    return impl_->store.releases(impl_->options.tenant);
}

store::release_row control_center::release(std::int64_t number)
{
    auto row = impl_->store.release(impl_->options.tenant, number);
    if (!row)
        throw error(errc::unknown_release,
            "there is no release r" + std::to_string(number) + "; see: trunkline history");
    return std::move(*row);
}

std::optional<std::int64_t> parse_release(std::string_view text) noexcept
{
    if (text.starts_with('r')) text.remove_prefix(1);
    if (text.starts_with('0')) return std::nullopt; // "r01" may be meant for anything, as may "R1"
    std::int64_t number = 0;
    auto const [end, ec] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (ec != std::errc() || end != text.data() + text.size() || number <= 0) return std::nullopt;
    return number;
}

// Drift and explanation.

namespace {

class drift_operation final : public detail::operation<sync::drift_report> {
public:
    drift_operation(control_center::impl& c, diagnostics& d, handler h, progress_listener* listener)
        : operation(c, d, std::move(h)), listener_(listener)
    {}

private:
    void begin() override
    {
        refresh(listener_, [this](sync::snapshot snap, sync::refresh_progress) {
            auto const& tenant = center.options.tenant;
            snapshot_ = std::move(snap);
            auto found = sync::find_drift(
                center.store.bases(tenant, agreed_workspace), snapshot_, center.store, tenant);
            origins_.emplace(std::move(found), snapshot_, center.redactor(), center.store);
            run(*origins_, {}, [this] {
                if (origins_->result()) return fail(origins_->result(), origins_->diag());
                result = origins_->take();
                complete({});
            });
        });
    }
    void finishing() override { result.requests = requests_made(); }

    progress_listener* listener_;
    sync::snapshot snapshot_;
    std::optional<sync::drift_origins> origins_;
};

class explain_operation final : public detail::operation<sync::number_explanation> {
public:
    explain_operation(control_center::impl& c, diagnostics& d, handler h, std::string number)
        : operation(c, d, std::move(h)), process_(std::move(number))
    {}

private:
    void begin() override
    {
        run(process_, {}, [this] {
            if (process_.result()) return fail(process_.result(), process_.diag());
            result = process_.take();
            complete({});
        });
    }
    void finishing() override { result.requests = requests_made(); }
    retell::priority urgency() const noexcept override { return retell::priority::admin; }

    sync::explanation process_;
};

} // namespace

void control_center::drift_erased(
    progress_listener* listener, diagnostics& diag, handler<sync::drift_report> h)
{
    std::make_shared<drift_operation>(*impl_, diag, std::move(h), listener)->launch();
}

void control_center::explain_erased(
    std::string number, diagnostics& diag, handler<sync::number_explanation> h)
{
    std::make_shared<explain_operation>(*impl_, diag, std::move(h), std::move(number))->launch();
}

} // namespace trunkline
