#pragma once

#include <trunkline/control_center.hpp>
#include <trunkline/mask/line_filter.hpp>
#include <trunkline/retell/guarded_admission.hpp>
#include <trunkline/store/cached_values.hpp>
#include <trunkline/sync/driver.hpp>

#include <boost/asio/append.hpp>
#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/post.hpp>

namespace trunkline {

/// Base rows under these names belong to no folder.
inline constexpr std::string_view seen_workspace = "@seen"; ///< Agents as last read, by list stamp.
inline constexpr std::string_view agreed_workspace =
    "@agreed"; ///< What was pulled or released last, for drift.

namespace detail {

/// Keeps this host in touch with others for as long as it lives.
class host_link {
public:
    virtual ~host_link() = default;
    virtual void append_to(retell::guard_metrics& out) const = 0;
};

/// Null without a URL. Throws trunkline::error for options that cannot be, and where this library
/// was built without Redis.
std::shared_ptr<host_link> link_hosts(asio::any_io_executor const& executor,
    control_center_options const& o, std::shared_ptr<resilience::resilience_space> space);
/// Null unless hosts are to be asked about each request.
std::shared_ptr<resilience::strict_limit> strict_limit_of(
    asio::any_io_executor const& executor, control_center_options const& o);

} // namespace detail

class control_center::impl {
public:
    impl(asio::any_io_executor ex, control_center_options o);

    asio::any_io_executor executor;
    control_center_options options;
    time_source& time;
    trunkline::store::store store;
    std::optional<trunkline::store::cached_values> last_good; ///< Outlives the client.
    std::optional<retell::client> client;
    std::shared_ptr<retell::read_cache> cache;        ///< The client's.
    std::shared_ptr<retell::guarded_admission> guard; ///< None if the client brought its own.
    std::shared_ptr<detail::host_link> link;          ///< To other hosts.
    masker secrets; ///< Of what is told, kept as a title or answered as an error.

    /// A text that operators read, without secrets.
    std::string shown(std::string text) const noexcept
    {
        mask_line_filter::mask_in_place(secrets, mask_zone::error, text);
        return text;
    }
    retell::client& need_client();
    std::shared_ptr<retell::read_cache> make_cache();
    std::uint64_t requests() const { return client ? client->requests_sent() : 0; }
    sync::redactor redactor() { return {store, options.tenant}; }
};

namespace detail {

/// The engine's right to write, held while a release runs.
class engine_lease {
public:
    engine_lease(store::store& s, tenant_id tenant);
    ~engine_lease();
    engine_lease(engine_lease const&) = delete;
    engine_lease& operator=(engine_lease const&) = delete;
    /// Takes or renews it; takes it over from a process of this machine that no longer lives.
    /// Throws trunkline::error (store_locked).
    void take();
    std::int64_t token() const noexcept { return token_; }
    static constexpr std::int64_t ttl_ms = 30'000;

private:
    store::store& store_;
    tenant_id tenant_;
    std::string owner_;
    std::int64_t token_ = 0;
};

/// What earlier reading left in the store, for a refresh.
class known_from_store final : public sync::known_resources {
public:
    /// `knowledge`: the folder has a file of a knowledge base.
    known_from_store(store::store const& s, tenant_id tenant, bool knowledge = false);
    std::optional<sync::resource_state> agent(
        std::string_view id, std::int64_t list_stamp) const override;
    std::optional<sync::resource_state> published(
        retell::resource_kind kind, std::string_view id, std::int64_t version) const override;
    json::object written(retell::resource_kind kind, std::string_view id) const override;
    json::value kept(json::value document) const override
    {
        return store_.shared(std::move(document));
    }
    bool wants_knowledge() const override { return wants_knowledge_; }
    std::vector<std::string> ids(retell::resource_kind kind) const override;

private:
    store::store const& store_;
    tenant_id tenant_;
    std::map<std::string, store::base_row, std::less<>> seen_;
    std::vector<std::string> seen_numbers_;
    std::map<std::string, json::value, std::less<>> written_; ///< By number.
    bool wants_knowledge_;
};

/// Keeps a snapshot for later: every version seen, and agents by list stamp. What the store has in
/// memory already is shared with it.
void remember_snapshot(store::store& s, tenant_id const& tenant, sync::snapshot& snap);

/**
 * One asynchronous operation of the facade: owns its handler, its cancellation, and the error path.
 * Steps run on the executor; an exception of a step ends the operation with its code.
 */
template <class Result>
class operation : public std::enable_shared_from_this<operation<Result>> {
public:
    using handler = asio::any_completion_handler<void(error_code, Result)>;

    operation(control_center::impl& c, diagnostics& diag, handler h)
        : center(c), diag_(diag), handler_(std::move(h))
    {}
    virtual ~operation() = default;

    /// The folder has files of knowledge bases: the account's matter too.
    void read_knowledge() noexcept { knowledge_ = true; }
    /// Begins; never completes before this returns.
    void launch()
    {
        auto slot = asio::get_associated_cancellation_slot(handler_);
        if (slot.is_connected())
            slot.assign([weak = this->weak_from_this()](asio::cancellation_type type) {
                auto const self = weak.lock();
                if (!self) return;
                self->canceled_ = true;
                self->signal_.emit(type);
            });
        first_requests_ = center.requests();
        asio::post(center.executor,
            [self = this->shared_from_this()] { self->guard([&] { self->begin(); }); });
    }

protected:
    virtual void begin() = 0;
    /// Whose turn it is when not all can go: reading can wait.
    virtual retell::priority urgency() const noexcept { return retell::priority::background; }

    /// Runs a step; what it throws ends the operation.
    template <class F>
    void guard(F step)
    {
        try {
            step();
        } catch (error const& e) {
            diag_ = e.diag();
            if (diag_.message.empty()) diag_.message = e.what();
            complete(e.code());
        } catch (std::exception const& e) {
            diag_.message = std::string("internal error: ") + e.what();
            complete(errc::internal);
        }
    }

    /// Drives a process, then goes on with `then` (on the executor, guarded).
    template <class Then>
    void run(sync::process& p, std::function<void()> on_progress, Then then)
    {
        sync::async_run(center.need_client(), p, urgency(), std::move(on_progress),
            asio::bind_cancellation_slot(signal_.slot(),
                asio::bind_executor(
                    center.executor, [self = this->shared_from_this(), then](error_code) mutable {
                        self->guard([&] { then(); });
                    })));
    }

    /// Reads the account, remembers it, and hands it over.
    template <class Then>
    void refresh(progress_listener* listener, Then then)
    {
        auto known =
            std::make_shared<known_from_store>(center.store, center.options.tenant, knowledge_);
        auto const secrets = center.redactor().batching();
        auto reading = std::make_shared<sync::refresh>(secrets, *known);
        auto* const raw = reading.get();
        begin_phase("reading");
        std::function<void()> on_progress;
        if (listener)
            on_progress = [this, listener, raw] {
                auto const p = raw->progress();
                listener->on_refresh(p);
                // How many agents there are is known once their list is.
                bool const counted = p.agents_total > 0 || p.lists_done == 4;
                auto const done = p.lists_done + p.agents_done + p.engines_fetched;
                tell(*listener, static_cast<double>(done),
                    counted ? 4 + p.agents_total + p.engines_fetched : 0);
            };
        run(*raw, std::move(on_progress), [this, known, secrets, reading, then]() mutable {
            if (reading->result()) return fail(reading->result(), reading->diag());
            secrets.seal_pending();
            auto const progress = reading->progress();
            auto snap = reading->take();
            remember_snapshot(center.store, center.options.tenant, snap);
            then(std::move(snap), progress);
        });
    }

    void fail(error_code code, diagnostics const& d)
    {
        diag_ = d;
        complete(code);
    }
    void fail(error_code code, std::string message)
    {
        diag_.clear();
        diag_.message = std::move(message);
        complete(code);
    }

    void complete(error_code code)
    {
        if (!handler_) return;
        asio::get_associated_cancellation_slot(handler_).clear();
        diag_.message = center.shown(std::move(diag_.message));
        finishing();
        auto ex = asio::get_associated_executor(handler_, center.executor);
        asio::dispatch(ex, asio::append(std::move(handler_), code, std::move(result)));
    }
    /// Called once, before the handler.
    virtual void finishing() {}

    void begin_phase(std::string name)
    {
        meter_.begin(std::move(name), requests_made(), center.time.steady());
    }
    void tell(progress_listener& listener, double parts, std::size_t total, std::string what = {})
    {
        listener.on_progress(
            meter_.advance(parts, total, std::move(what), requests_made(), center.time.steady()));
    }

    bool canceled() const noexcept { return canceled_; }
    std::uint64_t requests_made() const { return center.requests() - first_requests_; }

    control_center::impl& center;
    Result result;

private:
    diagnostics& diag_;
    handler handler_;
    asio::cancellation_signal signal_;
    bool canceled_ = false;
    std::uint64_t first_requests_ = 0;
    sync::progress_meter meter_;
    bool knowledge_ = false;
};

/// Pull, plan and apply read the folder the same way.
sync::bundle read_folder(control_center::impl& c, std::filesystem::path const& dir,
    std::vector<store::base_row>& bases,
    sync::unknown_secrets unknown = sync::unknown_secrets::refuse);

/// Notes in a plan what it was made from, for moved_inputs.
void note_inputs(sync::plan& p, std::filesystem::path const& dir, sync::bundle const& local);
/// What of that is another now. Throws trunkline::error (invalid_bundle) for a folder that cannot be read.
std::vector<std::string> moved_inputs(control_center::impl& c, sync::plan const& p);

} // namespace detail
} // namespace trunkline
