#include "session.hpp"

#include "files.hpp"
#include "shown.hpp"

#include <trunkline/core/error.hpp>
#include <trunkline/http/url.hpp>

#include <algorithm>
#include <cctype>
#include <cstdio>

#include <unistd.h>

namespace cli {

using trunkline::errc;
using trunkline::error;

namespace {

constexpr std::string_view sqlite_scheme = "sqlite://";

bool is_loopback(std::string const& base_url)
{
    auto const url = trunkline::http::parse_url(base_url);
    return url && url->is_loopback();
}

/// A folder of hundreds of files can have hundreds of problems; the first ones are enough to go on with.
std::string in_one_line(std::string const& message)
{
    constexpr std::size_t longest = 600;
    if (message.size() <= longest) return message;
    auto const end = message.rfind("; ", longest);
    if (end == message.npos) return shortened(message, longest);
    return message.substr(0, end) + "; … (--json shows all of it)";
}

} // namespace

session::session(settings const& s, console& c)
    : options(s), out(c), progress(c), interrupts_(io_, ::dup(interrupt::descriptor()))
{
    interrupts_.async_wait(asio::posix::stream_descriptor::wait_read, [this](error_code failed) {
        if (!failed) on_interrupt();
    });
}

void session::on_interrupt()
{
    if (!options.quiet && !out.json()) out.error("stopping; once more stops at once");
    cancel_.emit(asio::cancellation_type::terminal);
}

void session::wait_for(bool const& finished)
{
    if (interrupt::happened()) cancel_.emit(asio::cancellation_type::terminal);
    while (!finished)
        if (io_.run_one() == 0) throw error(errc::internal, "an operation ended without a result");
    out.clear_progress();
}

trunkline::retell::client_options session::client_options() const
{
    auto o = trunkline::retell::client_options::from_environment();
    if (options.base_url) o.base_url = *options.base_url;
    if (!options.api_key_file.empty()) o.api_key = read_secret(options.api_key_file);
    never_show(o.api_key);
    bool const near = is_loopback(o.base_url);
    o.concurrency = options.concurrency.value_or(near || options.rate ? 16 : 4);
    o.requests_per_second = options.rate.value_or(near ? 0 : 10);
    if (!options.rate) o.burst = 20;
    if (options.timeout) {
        o.http.total_timeout = *options.timeout;
        o.http.read_timeout = std::min(o.http.read_timeout, *options.timeout);
        o.http.connect_timeout = std::min(o.http.connect_timeout, *options.timeout);
        o.limits.set_timeout(*options.timeout);
    }
    o.tenant = trunkline::tenant_id(options.tenant);
    o.http.ca_file = options.ca_file;
    o.http.allow_plain_http = options.insecure_http;
    return o;
}

std::string session::shared_as() const
{
    if (!options.share) return {};
    if (!options.shared_as.empty()) return options.shared_as;
    auto const base_url =
        options.base_url.value_or(trunkline::retell::client_options::from_environment().base_url);
    if (is_loopback(base_url)) return {}; // there nothing is to be spared
    if (options.environment.empty()) return "default";
    auto name = options.environment.substr(0, 64);
    std::ranges::replace_if(
        name, [](unsigned char c) { return !std::isalnum(c) && c != '-' && c != '_'; }, '-');
    return name;
}

trunkline::store::store_options session::store_options() const
{
    trunkline::store::store_options o;
    o.environment = options.environment;
    o.key_file = options.key_file;
    return o;
}

std::optional<std::filesystem::path> session::store_path() const
{
    std::string_view const url = options.store_url;
    if (!url.starts_with(sqlite_scheme)) return std::nullopt;
    return std::filesystem::path(url.substr(sqlite_scheme.size()));
}

bool session::store_exists() const
{
    std::error_code failed;
    auto const path = store_path();
    return path && std::filesystem::exists(*path, failed);
}

void session::require_service()
{
    auto o = client_options();
    if (o.api_key.empty())
        throw error(errc::unauthorized,
            "there is no API key; set RETELL_API_KEY or name a file with --api-key-file");
    trunkline::retell::client const probe(io_.get_executor(), std::move(o));
}

trunkline::control_center& session::center(store_use use)
{
    if (center_) return *center_;
    trunkline::control_center_options o;
    o.store_url = options.store_url;
    o.store = store_options();
    o.tenant = trunkline::tenant_id(options.tenant);
    o.client = client_options();
    o.shared_as = shared_as();
    if (options.share) {
        o.hosts.redis_url = options.redis_url;
        o.hosts.expected_hosts = options.redis_hosts;
        o.hosts.strict = options.redis_strict;
        o.hosts.ca_file = options.ca_file;
    }
    o.actor = options.actor;
    bool const there = store_exists() || !store_path();
    if (!there && (use == store_use::existing || use == store_use::read_only))
        throw error(errc::store_unavailable,
            "there is no store at " + store_path()->string() +
                "; name it with --store or TRUNKLINE_STORE, or make one with: trunkline pull DIR");
    o.store.read_only =
        store_path() && there && (use == store_use::read_only || use == store_use::optional);
    if (use == store_use::memory ||
        (!there && (use == store_use::optional || use == store_use::scratch)))
        o.store_url = "sqlite::memory:";
    return center_.emplace(io_.get_executor(), std::move(o));
}

trunkline::control_center& session::reopened(store_use use)
{
    center_.reset();
    return center(use);
}

std::string session::seconds_passed() const
{
    std::chrono::duration<double> const passed = std::chrono::steady_clock::now() - started_;
    char text[32];
    std::snprintf(text, sizeof text, "%.1f s", passed.count());
    return text;
}

void session::require_consent(std::string_view what) const
{
    if (options.yes || options.dry_run || out.can_ask()) return;
    throw error(errc::invalid_argument,
        std::string(what) +
            " changes things and nobody is there to be asked; add --yes (or look first with "
            "--dry-run)");
}

json::object error_document(error_code code, diagnostics const& diag)
{
    json::object e;
    auto const ours = code.category() == trunkline::trunkline_category();
    e.set("code",
        ours ? trunkline::name(static_cast<errc>(code.value())) : std::string_view("internal"));
    e.set("message", diag.message.empty() ? code.message() : diag.message);
    e.set("http_status", diag.http_status == 0 ? json::value() : json::value(diag.http_status));
    e.set("request_id", diag.request_id.empty() ? json::value() : json::value(diag.request_id));
    e.set("operation", diag.operation.empty() ? json::value() : json::value(diag.operation));
    return e;
}

exit_code exit_code_of(error_code code) noexcept
{
    if (!code) return exit_code::done;
    if (code == errc::merge_conflict || code == errc::stale_plan) return exit_code::conflict;
    if (code == errc::partial) return exit_code::partial;
    if (code == errc::rate_limited) return exit_code::paused;
    if (code == errc::unknown_operation) return exit_code::usage;
    return exit_code::error;
}

exit_code session::fail(error_code code, diagnostics const& diag, json::object document)
{
    json::object whole{{"error", error_document(code, diag)}};
    for (auto& m : document) whole.set(m.key, std::move(m.val));
    out.document(whole);
    if (!out.json())
        out.error(in_one_line(shown(diag.message.empty() ? code.message() : diag.message)));
    return interrupt::happened() ? exit_code::interrupted : exit_code_of(code);
}

} // namespace cli
