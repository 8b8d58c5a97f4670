#include "simulator_impl.hpp"

#include <trunkline/core/crypto.hpp>

#include <cctype>
#include <cmath>

namespace trunkline::retell {

using namespace simulation;

namespace {

constexpr std::string_view control_prefix = "/__simulator/";

/// Path and query of a target.
std::pair<std::string_view, std::string_view> split_target(std::string_view target)
{
    auto const mark = target.find('?');
    if (mark == target.npos) return {target, {}};
    return {target.substr(0, mark), target.substr(mark + 1)};
}

bool is_mutating(http::request const& r, destination const& to)
{
    return to.operation ? to.operation->mutating : r.method != "GET";
}

std::string shaped(std::string body, error_shape shape)
{
    if (shape == error_shape::as_seen) return body;
    auto const error = json::parse(body);
    auto const message = error.string_at("message", error.string_at("error_message"));
    if (shape == error_shape::error_message)
        return json::to_text(json::object{{"error_message", message}});
    return json::to_text(json::object{{"status", "error"}, {"message", message}});
}

/// Forms are read by the operations that take them; to the others they are no body.
bool is_form(http::request const& r)
{
    constexpr std::string_view multipart = "multipart/";
    auto const given = r.headers.get("Content-Type").substr(0, multipart.size());
    return std::ranges::equal(
        given, multipart, [](unsigned char a, unsigned char b) { return std::tolower(a) == b; });
}

json::value parse_body(std::string_view text)
{
    if (text.empty()) return {};
    json::parse_error where;
    auto v = json::parse(text, where);
    if (!v) refuse(400, "Invalid JSON body: " + where.message());
    return *std::move(v);
}

} // namespace

void simulator::impl::check_key(http::request const& r) const
{
    constexpr std::string_view scheme = "Bearer ";
    auto const given = r.headers.get("Authorization");
    if (!given.starts_with(scheme) || given.size() == scheme.size())
        refuse(401, "API key is missing in the Authorization header");
    if (!options.api_key.empty() &&
        !crypto::equal_constant_time(given.substr(scheme.size()), options.api_key))
        refuse(401, "Invalid API key");
}

/// A token bucket that holds one second's worth.
bool simulator::impl::within_rate(std::chrono::milliseconds& wait)
{
    if (options.rate_limit <= 0) return true;
    double const room = std::max(1.0, options.rate_limit);
    std::chrono::duration<double> const passed = time.steady() - limited_since;
    limited_since = time.steady();
    tokens = bucket_filled ? std::min(room, tokens + passed.count() * options.rate_limit) : room;
    bucket_filled = true;
    // The refill is a sum of rounded steps: a token short of a billionth is a token.
    if (tokens >= 1 - 1e-9) {
        tokens = std::max(0.0, tokens - 1);
        return true;
    }
    wait = std::chrono::milliseconds(
        static_cast<std::int64_t>(std::ceil((1 - tokens) / options.rate_limit * 1000)));
    return false;
}

/// What a client may do before it is limited.
void simulator::impl::add_rate_headers(http::reply& reply) const
{
    if (!options.rate_limit_headers || options.rate_limit <= 0) return;
    double const room = std::max(1.0, options.rate_limit);
    auto const whole = [](double n) { return std::to_string(static_cast<std::int64_t>(n)); };
    reply.headers.set("X-RateLimit-Limit", whole(room));
    reply.headers.set("X-RateLimit-Remaining", whole(std::floor(tokens + 1e-9)));
    reply.headers.set("X-RateLimit-Reset", whole(std::ceil((room - tokens) / options.rate_limit)));
}

/// One request without faults: refusals become answers here.
http::reply simulator::impl::run(
    http::request const& r, destination const& to, std::string_view query)
{
    std::chrono::milliseconds wait{0};
    if (!within_rate(wait)) {
        auto reply = json_reply(429,
            shaped(
                R"({"status":"error","message":"Account rate limited, please throttle your requests."})",
                options.errors));
        reply.headers.add("Retry-After", std::to_string((wait.count() + 999) / 1000));
        reply.headers.add("Retry-After-ms", std::to_string(wait.count()));
        return reply;
    }
    try {
        auto reply = act(r, to, query);
        if (options.other_success && to.operation->has_inferred_success())
            reply.status = reply.status == 200 ? 201 : 200;
        return reply;
    } catch (refusal& no) {
        return json_reply(no.status, shaped(std::move(no.body), options.errors));
    }
}

http::reply simulator::impl::act(
    http::request const& r, destination const& to, std::string_view query)
{
    check_key(r);
    if (!to.operation) refuse(404, "Not Found");
    if (to.removed && options.removed == removed_paths::not_found) refuse(404, "Not Found");
    if (to.removed && options.removed == removed_paths::gone)
        refuse(410, "This endpoint has been removed");
    call c;
    c.id = to.id;
    c.id2 = to.id2;
    c.if_match = r.headers.get("If-Match");
    c.check_cursors = options.check_cursors;
    c.query = parse_query(query);
    for (auto const& [name, value] : c.query)
        if (!to.operation->knows(name))
            refuse_plainly(400, "Unknown query parameter '" + name + "'");
    if (is_form(r)) {
        c.content_type = r.headers.get("Content-Type");
        c.raw_body = r.body;
    } else {
        c.body = parse_body(r.body);
    }
    calls.run();
    if (to.operation->call_handler) return (calls.*to.operation->call_handler)(c);
    return (account.*to.operation->handler)(c);
}

http::reply simulator::impl::act_under(fault const& f, http::request const& r,
    destination const& to, std::string_view query, request_log_entry& entry)
{
    using enum fault_action;
    bool const acts =
        f.commit || (f.action != status && f.action != reset_before_commit && f.action != hang);
    if (f.action == edit) account.edit(f.edit);
    http::reply reply;
    if (acts) {
        reply = run(r, to, query);
        entry.inner_status = reply.status;
    }
    switch (f.action) {
    case status: reply = json_reply(f.status, f.body); break;
    case reset_before_commit:
    case reset_after_commit: reply.ending = http::ending::reset_before; break;
    case empty_body: reply.body.clear(); break;
    case cut_body: reply.ending = http::ending::cut; break;
    case hang: reply.ending = http::ending::hang; break;
    case delay:
    case edit: break;
    }
    reply.delay += f.delay;
    for (auto const& h : f.headers)
        reply.headers.set(h.key, h.val.is_string() ? h.val.as_string() : json::to_text(h.val));
    return reply;
}

void simulator::impl::record(request_log_entry entry)
{
    ++(entry.mutating ? writes : reads);
    ++by_operation[entry.operation.empty() ? "unknown" : entry.operation];
    if (options.request_log_size == 0) return;
    if (log.size() >= options.request_log_size) {
        // A tenth at a time, so that a full log does not cost a move of all for each request.
        auto const excess = log.size() - options.request_log_size + 1;
        auto const drop = std::min(log.size(), excess + options.request_log_size / 10);
        log.erase(log.begin(), log.begin() + static_cast<std::ptrdiff_t>(drop));
    }
    log.push_back(std::move(entry));
}

http::reply simulator::impl::handle(http::request const& r)
{
    auto const [path, query] = split_target(r.target);
    if (options.control_path && path.starts_with(control_prefix))
        return control(r, path.substr(control_prefix.size()), query);

    auto const to = find_route(r.method, path);
    request_log_entry entry;
    entry.sequence = ++sequence;
    entry.at = time.unix_ms();
    entry.method = r.method;
    entry.target = r.target;
    if (to.operation) entry.operation = to.operation->operation;
    entry.mutating = is_mutating(r, to);

    http::reply reply;
    if (auto const* f = faults.strike(r.method, r.target)) {
        entry.fault = f->action_name();
        reply = act_under(*f, r, to, query, entry);
    } else {
        reply = run(r, to, query);
        entry.inner_status = reply.status;
    }
    entry.status = reply.ending == http::ending::complete ? reply.status : 0;
    add_rate_headers(reply);
    reply.headers.set("X-Request-Id", "req_" + std::to_string(entry.sequence));
    reply.delay += options.latency;
    record(std::move(entry));
    return reply;
}

void simulator::impl::load(json::value const& state)
{
    auto conversations = telephony::read_state(state);
    account.load(state);
    calls.replace(std::move(conversations));
}

std::string simulator::impl::state_text() const
{
    auto out = account.state_text();
    out.pop_back();
    calls.append_state(out);
    return out + '}';
}

simulator::simulator(simulator_options options, time_source& time)
    : impl_(std::make_unique<impl>(std::move(options), time))
{}
simulator::simulator(simulator&&) noexcept = default;
simulator& simulator::operator=(simulator&&) noexcept = default;
simulator::~simulator() = default;

void simulator::load_state(json::value const& state)
{
    impl_->load(state);
}
json::value simulator::state() const
{
    return json::parse(state_text());
}
std::string simulator::state_text() const
{
    return impl_->state_text();
}
http::reply simulator::handle(http::request const& r)
{
    return impl_->handle(r);
}
void simulator::advance()
{
    impl_->calls.run();
}
std::optional<std::int64_t> simulator::next_due() const
{
    auto const at = impl_->calls.next_due();
    return at == never ? std::nullopt : std::optional(at);
}
std::vector<webhook_delivery> simulator::take_deliveries(std::size_t at_most)
{
    return impl_->calls.take_deliveries(at_most);
}
void simulator::settle(webhook_delivery const& attempt, webhook_outcome outcome)
{
    impl_->calls.settle(attempt, std::move(outcome));
}
std::vector<request_log_entry> const& simulator::log() const noexcept
{
    return impl_->log;
}
std::uint64_t simulator::changes() const noexcept
{
    return impl_->account.changes() + impl_->calls.changes();
}
simulator_options const& simulator::options() const noexcept
{
    return impl_->options;
}

} // namespace trunkline::retell
