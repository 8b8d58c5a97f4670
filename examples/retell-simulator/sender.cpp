#include "sender.hpp"

#include <trunkline/core/time.hpp>
#include <trunkline/http/url.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/post.hpp>

#include <algorithm>

namespace asio = boost::asio;
using namespace std::chrono_literals;
using trunkline::retell::webhook_delivery;
using trunkline::retell::webhook_outcome;

namespace {

constexpr std::size_t most_under_way = 256;
constexpr std::size_t most_origins = 64;

/// Path and query of a URL: what a client sends, since its base is the origin alone.
std::string target_of(trunkline::http::url const& u)
{
    auto out = u.path.empty() ? std::string("/") : u.path;
    return u.query.empty() ? out : out + '?' + u.query;
}

trunkline::http::client_options client_options_of(bool allow_remote)
{
    trunkline::http::client_options out;
    out.max_connections = most_under_way;
    out.read_timeout = out.total_timeout = 0ms; // each delivery has its own
    out.max_response_bytes = 4u << 20;
    out.allow_plain_http = allow_remote;
    out.user_agent = "retell-simulator";
    return out;
}

/// What the account or an agent wants to hear of; the others ask and wait for an answer.
bool is_event(webhook_delivery const& d)
{
    return d.event != "call_inbound" && d.event != "chat_inbound" && d.event != "function";
}

} // namespace

/// One request under way, with its end if no answer comes.
class sender::transfer {
public:
    transfer(asio::any_io_executor const& executor, webhook_delivery d)
        : attempt(std::move(d)), timer(executor)
    {}
    webhook_delivery attempt; ///< Without headers and body, which have been sent.
    trunkline::diagnostics diag;
    asio::cancellation_signal cancel;
    asio::steady_timer timer;
};

sender::sender(asio::any_io_executor executor, trunkline::retell::simulator& sim, bool allow_remote,
    std::function<void()> changed)
    : executor_(executor),
      sim_(sim),
      allow_remote_(allow_remote),
      changed_(std::move(changed)),
      timer_(executor)
{}
sender::~sender() = default;

trunkline::http::client* sender::client_for(std::string const& address)
{
    auto origin = trunkline::http::parse_url(address);
    if (!origin || !origin->userinfo.empty() || !(allow_remote_ || origin->is_loopback()))
        return {};
    origin->path.clear();
    origin->query.clear();
    auto const key = origin->origin();
    auto const found = clients_.find(key);
    if (found != clients_.end()) return &found->second;
    // Addresses may hold variables and so be without number; a client that goes ends its requests,
    // so that happens only while there are none.
    if (clients_.size() >= most_origins && under_way_.empty()) clients_.clear();
    return &clients_.try_emplace(key, executor_, *origin, client_options_of(allow_remote_))
                .first->second;
}

void sender::send(webhook_delivery d)
{
    auto* client = client_for(d.url);
    if (!client && is_event(d)) {
        d.url = sim_.options().webhooks.url; // of the account, in place of a target out there
        client = client_for(d.url);
    }
    if (!client)
        return done(
            d, webhook_outcome::failure("not an http URL on loopback; see --remote-webhooks"));
    trunkline::http::request r;
    r.method = d.method;
    r.target = target_of(*trunkline::http::parse_url(d.url));
    r.headers = std::move(d.headers);
    r.body = std::move(d.body);
    auto const t = std::make_shared<transfer>(executor_, std::move(d));
    under_way_.insert(t);
    t->timer.expires_after(t->attempt.timeout);
    t->timer.async_wait([weak = std::weak_ptr(t)](boost::system::error_code canceled) {
        if (auto const late = weak.lock(); late && !canceled)
            late->cancel.emit(asio::cancellation_type::terminal);
    });
    client->async_send(std::move(r), t->diag,
        asio::bind_cancellation_slot(
            t->cancel.slot(), [this, t](trunkline::error_code failed, trunkline::http::exchange x) {
                t->timer.cancel();
                under_way_.erase(t);
                if (stopped_) return;
                done(t->attempt,
                    failed ? webhook_outcome::failure(failed.message())
                           : webhook_outcome(x.response.status, std::move(x.response.body)));
                pump();
            }));
}

void sender::done(webhook_delivery const& attempt, webhook_outcome outcome)
{
    sim_.settle(attempt, std::move(outcome));
    changed_();
}

void sender::pump()
{
    if (stopped_) return;
    auto const before = sim_.changes();
    while (under_way_.size() < most_under_way) {
        auto due = sim_.take_deliveries(most_under_way - under_way_.size());
        if (due.empty()) break;
        for (auto& d : due) send(std::move(d));
    }
    sim_.advance();
    if (sim_.changes() != before) changed_();
    wait();
}

void sender::wait()
{
    auto const next = sim_.next_due();
    if (!next) return;
    // What is due and has no place is sent when a request ends; calls go on meanwhile.
    auto const least = under_way_.size() < most_under_way ? 1ms : 20ms;
    auto const now = trunkline::system_time::instance().unix_ms();
    timer_.expires_after(std::clamp<std::chrono::milliseconds>(
        std::chrono::milliseconds(std::min<std::int64_t>(*next - now, 60'000)), least, 1min));
    timer_.async_wait([this](boost::system::error_code canceled) {
        if (!canceled) pump();
    });
}

void sender::stop()
{
    stopped_ = true;
    timer_.cancel();
    clients_.clear();
}
