#pragma once

#include <trunkline/core/diagnostics.hpp>
#include <trunkline/core/error.hpp>
#include <trunkline/core/ids.hpp>
#include <trunkline/core/json.hpp>
#include <trunkline/core/time.hpp>
#include <trunkline/retell/client.hpp>
#include <trunkline/retell/guard_metrics.hpp>
#include <trunkline/retell/guard_options.hpp>
#include <trunkline/store/store.hpp>
#include <trunkline/sync/checkout.hpp>
#include <trunkline/sync/drift.hpp>
#include <trunkline/sync/explain.hpp>
#include <trunkline/sync/import_check.hpp>
#include <trunkline/sync/plan.hpp>
#include <trunkline/sync/planner.hpp>
#include <trunkline/sync/progress.hpp>
#include <trunkline/sync/refresh.hpp>
#include <trunkline/sync/release.hpp>
#include <trunkline/sync/transfer.hpp>

#include <boost/asio/any_completion_handler.hpp>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/deferred.hpp>

#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace trunkline {

namespace asio = boost::asio;

/// How this host protects the service together with others, through a Redis; see docs/redis.md.
/// Decisions stay local, unless `strict`. Copyable.
class host_sharing {
public:
    host_sharing() {}
    std::string redis_url; ///< May hold a password: never shown. Empty: this host on its own.
    bool allow_plain_tcp = false; ///< redis:// beyond loopback.
    std::string ca_file;          ///< For rediss://; empty: the system's.
    std::string space;           ///< Hosts of one space share. Empty: as `shared_as`, or "default".
    std::string host;            ///< Unique among them. Empty: the machine's name.
    unsigned expected_hosts = 1; ///< Until Redis tells: a new host begins with 1/n of each rate.
    /// Ask Redis about each request, within `strict_timeout`. Without an answer
    /// `guard.limiter.when_unusable` says what happens.
    bool strict = false;
    std::chrono::milliseconds strict_timeout{100};
};

/// How a control center is opened. Copyable.
class control_center_options {
public:
    control_center_options() {}
    std::string store_url = "sqlite://trunkline.db";
    trunkline::store::store_options store; ///< Environment tag, key file, read-only.
    tenant_id tenant{"default"};
    retell::client_options client = retell::client_options::from_environment();
    /// How the service is protected, unless `client` brings an admission of its own. Service, rate
    /// and burst are taken from `client`.
    retell::guard_options guard;
    /// Name of the shared memory in which processes of this user on this host protect it together,
    /// see resilience_space; empty: this object on its own.
    std::string shared_as;
    host_sharing hosts; ///< With a URL, keeps the executor busy as long as the control center lives.
    /// Makes `client` answer reads from what is known, and keeps the last good answers in the store
    /// (unless that is read-only or in memory). Pull, plan, apply and drift always ask.
    std::optional<retell::read_cache_options> cache;
    std::string actor;           ///< Who does it, for history and audit; empty: the login name.
    time_source* time = nullptr; ///< Null: the system's. Must outlive the control center.
};

/// What a long operation tells while it runs. Called on the control center's executor.
class progress_listener {
public:
    virtual ~progress_listener() = default;
    virtual void on_refresh(sync::refresh_progress const&) {}
    virtual void on_unit(sync::unit_result const&) {}
    /// After each answer of the service: how much of reading or releasing is done, the pace, and
    /// what is left.
    virtual void on_progress(sync::operation_progress const&) {}
    virtual void on_message(std::string_view) {} ///< "resuming release r5, interrupted ..."
};

class pull_options {
public:
    pull_options() {}
    sync::adopt adopt = sync::adopt::neither;
    sync::prefer prefer = sync::prefer::neither; ///< Whose word counts in conflicts.
    bool dry_run = false;                        ///< Say what would be written, write nothing.
    progress_listener* listener = nullptr;       ///< May be null; must outlive the operation.
};

class pull_report {
public:
    pull_report() {}
    sync::checkout changes; ///< Counters, conflicts and notes; its file contents are dropped.
    std::size_t files_written = 0;
    std::size_t agents = 0, llms = 0, flows = 0, numbers = 0, tools = 0;
    std::size_t reused = 0; ///< Agents that had not moved and were not fetched.
    std::uint64_t requests = 0;
};

class apply_options {
public:
    apply_options() {}
    std::string title;              ///< Shown in history and as version title at the service.
    std::vector<std::string> allow; ///< Guards that may be passed, by name.
    sync::prefer prefer = sync::prefer::neither;
    bool dry_run = false; ///< Plan, check, back up nothing, send nothing.
    /// Asked once the plan stands and passes its guards; false ends the operation with
    /// errc::canceled and nothing sent. Empty: yes.
    std::function<bool(sync::plan const&)> confirm;
    progress_listener* listener = nullptr;
};

class apply_report {
public:
    apply_report() {}
    std::int64_t release = 0; ///< 0: there was nothing to do.
    bool resumed = false; ///< An interrupted release was finished first (its units are in `units`).
    store::release_state state = store::release_state::done;
    sync::plan plan;
    std::vector<sync::unit_result> units;
    std::string backup; ///< Digest of the verified backup.
    std::uint64_t requests = 0;
};

/**
 * Store, client and sync engine wired together: the whole main job behind one object.
 *
 * Operations that talk to the service are asynchronous and run on the executor; store and files are
 * read and written there too, so a busy host gives it a thread of its own. One operation at a time.
 *
 * Thread safety: none; use it from one strand. Lifetimes: must outlive its operations.
 * Exception safety: the constructor and the plain functions throw trunkline::error.
 */
class control_center {
public:
    class impl; // defined in the library only

    /// Opens the store (and creates it, unless read-only). The client is made at the first call to
    /// the service, so history needs no key.
    control_center(asio::any_io_executor executor, control_center_options options);
    ~control_center();
    control_center(control_center const&) = delete;
    control_center& operator=(control_center const&) = delete;

    using executor_type = asio::any_io_executor;
    executor_type get_executor() const noexcept;
    trunkline::store::store& store() noexcept;
    /// Throws trunkline::error: unauthorized without a key, insecure_url, invalid_argument.
    retell::client& client();
    /// What protects the service, in numbers (docs/resilience.md): decisions of this object, and
    /// the state that processes and hosts share. Empty before the first call to the service.
    retell::guard_metrics metrics() const;
    tenant_id const& tenant() const noexcept;

    /**
     * Brings a folder up to the service: reads what moved, merges it with edits in the files,
     * writes what differs. Errors: those of the client; invalid_bundle; merge_conflict if some
     * files were left alone (the report names them; everything else is done). Handler signature:
     * void(error_code, pull_report). Cancellation: terminal and partial; nothing is written then.
     * Lifetimes: `diag` and the listener must outlive the operation.
     */
    template <class CompletionToken = asio::deferred_t>
    auto async_pull(std::filesystem::path dir, pull_options opts, diagnostics& diag,
        CompletionToken&& token = {})
    {
        return start<pull_report>(
            [this, dir = std::move(dir), opts = std::move(opts), &diag](auto h) mutable {
                pull_erased(std::move(dir), std::move(opts), diag, std::move(h));
            },
            token);
    }

    /**
     * Compares files, base and service and completes with the plan; writes nothing anywhere.
     * Errors: those of the client; invalid_bundle. A plan with conflicts or guards is no error
     * here. Handler signature: void(error_code, sync::plan). Cancellation: terminal and partial.
     */
    template <class CompletionToken = asio::deferred_t>
    auto async_plan(std::filesystem::path dir, apply_options opts, diagnostics& diag,
        CompletionToken&& token = {})
    {
        return start<sync::plan>(
            [this, dir = std::move(dir), opts = std::move(opts), &diag](auto h) mutable {
                plan_erased(std::move(dir), std::move(opts), diag, std::move(h));
            },
            token);
    }

    /**
     * Releases what the files changed. First finishes an interrupted release of this tenant, if
     * there is one; then plans, checks guards, asks, takes a verified backup (or sends nothing at
     * all), and carries the plan out. Conflicting units are left out; the others are released. Errors:
     * merge_conflict, guard_refused, partial (resumable: call again), backup_failed, store_locked,
     * wrong_environment, canceled, those of the client.
     * Handler signature: void(error_code, apply_report); the report is filled for merge_conflict
     * and partial too. Cancellation: terminal and partial; same guarantees as a crash.
     */
    template <class CompletionToken = asio::deferred_t>
    auto async_apply(std::filesystem::path dir, apply_options opts, diagnostics& diag,
        CompletionToken&& token = {})
    {
        return start<apply_report>(
            [this, dir = std::move(dir), opts = std::move(opts), &diag](auto h) mutable {
                apply_erased(std::move(dir), std::nullopt, std::move(opts), diag, std::move(h));
            },
            token);
    }

    /// As async_apply, for a plan made earlier. Errors: also stale_plan if anything it builds on moved.
    template <class CompletionToken = asio::deferred_t>
    auto async_apply_plan(
        sync::plan p, apply_options opts, diagnostics& diag, CompletionToken&& token = {})
    {
        return start<apply_report>(
            [this, p = std::move(p), opts = std::move(opts), &diag](auto h) mutable {
                apply_erased({}, std::move(p), std::move(opts), diag, std::move(h));
            },
            token);
    }

    /**
     * Takes a release back, as a plan like any other: pins first, then content. Edits made since by
     * others stay; where they touch the same field there is a conflict and nothing is done for that
     * unit.
     * @param release  its number; 0: the newest one that changed something and is not taken back
     * yet. Errors: as async_apply; unknown_release.
     */
    template <class CompletionToken = asio::deferred_t>
    auto async_rollback(
        std::int64_t release, apply_options opts, diagnostics& diag, CompletionToken&& token = {})
    {
        return start<apply_report>(
            [this, release, opts = std::move(opts), &diag](
                auto h) mutable { rollback_erased(release, std::move(opts), diag, std::move(h)); },
            token);
    }

    /// What changed at the service since the last pull or apply, and what is bound in a risky way.
    /// Handler signature: void(error_code, sync::drift_report).
    template <class CompletionToken = asio::deferred_t>
    auto async_drift(progress_listener* listener, diagnostics& diag, CompletionToken&& token = {})
    {
        return start<sync::drift_report>(
            [this, listener, &diag](auto h) mutable { drift_erased(listener, diag, std::move(h)); },
            token);
    }

    /// number -> agent -> version -> engine -> tools, read from the service now.
    /// Handler signature: void(error_code, sync::number_explanation). Errors: not_found; those of the client.
    template <class CompletionToken = asio::deferred_t>
    auto async_explain(std::string number, diagnostics& diag, CompletionToken&& token = {})
    {
        return start<sync::number_explanation>(
            [this, number = std::move(number), &diag](
                auto h) mutable { explain_erased(std::move(number), diag, std::move(h)); },
            token);
    }

    /**
     * The account as one document without ids and secrets, for import into another account: every
     * voice agent at its newest published version, its engine, the numbers. Changes nothing, and is
     * no pull: what drift compares with stays as it is. Handler signature: void(error_code,
     * sync::account_export). Errors: those of the client. Cancellation: terminal and partial.
     */
    template <class CompletionToken = asio::deferred_t>
    auto async_export(progress_listener* listener, diagnostics& diag, CompletionToken&& token = {})
    {
        return start<sync::account_export>(
            [this, listener, &diag](auto h) mutable { export_erased(listener, diag, std::move(h)); },
            token);
    }
    /**
     * Whether an export can go into the account by way of this folder: reads lists of the account
     * and writes nothing. Handler signature: void(error_code, sync::import_findings), which are
     * filled for the refusals too. Errors: guard_refused if the account has agents already or lacks
     * what the export needs, and that is not allowed; invalid_argument if secrets are not given
     * (known without the service too); those of the client. Cancellation: terminal and partial.
     */
    template <class CompletionToken = asio::deferred_t>
    auto async_check_import(std::filesystem::path dir, sync::account_export e,
        sync::import_options options, diagnostics& diag, CompletionToken&& token = {})
    {
        return start<sync::import_findings>(
            [this, dir = std::move(dir), e = std::move(e), options = std::move(options), &diag](
                auto h) mutable {
                check_import_erased(
                    std::move(dir), std::move(e), std::move(options), diag, std::move(h));
            },
            token);
    }
    /// Writes an export as a new folder of this tenant (see sync::write_import); async_apply then
    /// creates what it holds. Ask async_check_import first. Throws trunkline::error.
    sync::import_result import_into(std::filesystem::path const& dir, sync::account_export const& e,
        sync::import_options const& options);

    /// Newest first, without plans.
    std::vector<store::release_row> history();
    /// Throws unknown_release.
    store::release_row release(std::int64_t number);

private:
    template <class Result>
    using handler = asio::any_completion_handler<void(error_code, Result)>;

    template <class Result, class Start, class CompletionToken>
    auto start(Start s, CompletionToken& token)
    {
        return asio::async_initiate<CompletionToken, void(error_code, Result)>(
            [](auto&& h, Start begin) { begin(handler<Result>(std::forward<decltype(h)>(h))); },
            token, std::move(s));
    }

    void pull_erased(
        std::filesystem::path dir, pull_options opts, diagnostics& diag, handler<pull_report> h);
    void plan_erased(
        std::filesystem::path dir, apply_options opts, diagnostics& diag, handler<sync::plan> h);
    void apply_erased(std::filesystem::path dir, std::optional<sync::plan> saved,
        apply_options opts, diagnostics& diag, handler<apply_report> h);
    void rollback_erased(
        std::int64_t release, apply_options opts, diagnostics& diag, handler<apply_report> h);
    void drift_erased(progress_listener* listener, diagnostics& diag, handler<sync::drift_report> h);
    void export_erased(
        progress_listener* listener, diagnostics& diag, handler<sync::account_export> h);
    void check_import_erased(std::filesystem::path dir, sync::account_export e,
        sync::import_options options, diagnostics& diag, handler<sync::import_findings> h);
    void explain_erased(std::string number, diagnostics& diag, handler<sync::number_explanation> h);

    std::unique_ptr<impl> impl_;
};

/// The documents of `trunkline --json` and the C interface.
json::object to_json(pull_report const& r, bool dry_run);
json::object to_json(apply_report const& r, bool dry_run);

/// "r7", "7" -> 7. Nothing for anything else.
std::optional<std::int64_t> parse_release(std::string_view text) noexcept;

} // namespace trunkline
