#include <trunkline/core/crypto.hpp>
#include <trunkline/core/time.hpp>
#include <trunkline/http/url.hpp>

#include <retell/client_impl.hpp>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <stdexcept>

namespace trunkline::retell {
namespace {

constexpr std::string_view user_agent = "trunkline/0.1";

std::string variable(char const* name, std::string fallback)
{
    auto const* const value = std::getenv(name);
    return value == nullptr || *value == '\0' ? std::move(fallback) : std::string(value);
}

/// Never shows the key, not even what is wrong with it.
void check_key(std::string const& key)
{
    if (key.empty()) throw error(errc::unauthorized, "there is no API key; set RETELL_API_KEY");
    bool const sendable = std::ranges::all_of(key, [](char c) { return c > ' ' && c < 0x7f; });
    if (!sendable)
        throw error(errc::unauthorized,
            "the API key holds a space, a line break or a character beyond ASCII; correct "
            "RETELL_API_KEY");
}

client_options checked(client_options o)
{
    check_key(o.api_key);
    o.concurrency = std::max<std::size_t>(o.concurrency, 1);
    o.max_attempts = std::max(o.max_attempts, 1u);
    o.http.max_connections = std::max(o.http.max_connections, o.concurrency + o.live_reserve);
    if (o.http.user_agent == http::client_options().user_agent) o.http.user_agent = user_agent;
    return o;
}

/// The URL is not shown in the message: it may hold a password.
http::url base_of(client_options const& o)
{
    auto url = http::parse_url(o.base_url);
    if (!url)
        throw error(errc::invalid_argument,
            "the base URL is not an absolute http or https URL; correct RETELL_BASE_URL");
    if (!url->query.empty())
        throw error(errc::invalid_argument,
            "the base URL holds a query, which no request could keep; correct RETELL_BASE_URL");
    return *std::move(url);
}

retry_options retry_of(client_options const& o)
{
    retry_options r;
    r.max_attempts = o.max_attempts;
    r.base = o.retry_base;
    r.cap = o.retry_cap;
    r.retry_after_cap = o.retry_after_cap;
    return r;
}

std::shared_ptr<admission> admission_of(client_options const& o)
{
    if (o.admission) return o.admission;
    pace_options pace;
    pace.requests_per_second = o.requests_per_second;
    pace.burst = o.burst_or_default();
    pace.retry_after_cap = o.retry_after_cap;
    return std::make_shared<paced_admission>(pace);
}

std::array<std::uint8_t, priorities> order_of(client_options const& o)
{
    try {
        return ranks_of(o.order);
    } catch (std::invalid_argument const& e) {
        throw error(errc::invalid_argument, e.what());
    }
}

std::uint64_t seed_of(client_options const& o)
{
    if (o.seed != 0) return o.seed;
    std::uint64_t seed = 0;
    auto const bytes = crypto::random_bytes(sizeof seed);
    std::memcpy(&seed, bytes.data(), sizeof seed);
    return seed;
}

} // namespace

client_options client_options::from_environment()
{
    client_options o;
    o.api_key = variable("RETELL_API_KEY", {});
    o.base_url = variable("RETELL_BASE_URL", o.base_url);
    return o;
}

/// What the pace loses while answers are on their way is made up for, as far as this.
unsigned client_options::burst_or_default() const noexcept
{
    constexpr double made_up_for = 0.25; // seconds
    if (burst != 0) return burst;
    return static_cast<unsigned>(std::clamp(requests_per_second * made_up_for, 1.0, 1000.0));
}

client::impl::impl(asio::any_io_executor ex, client_options o)
    : executor(std::move(ex)),
      strand(asio::make_strand(executor)),
      options(checked(std::move(o))),
      keys(std::exchange(options.api_key, {}), options.keys),
      retry(retry_of(options)),
      admission(admission_of(options)),
      random(seed_of(options)),
      http(executor, base_of(options), options.http),
      free_slots(options.concurrency),
      free_live_slots(options.live_reserve),
      ranks(order_of(options))
{}

void client::impl::start_call(
    operation const* op, arguments args, diagnostics* diag, request_options about, call_handler h)
{
    auto const task = std::make_shared<call_task>(
        shared_from_this(), op, std::move(args), diag, std::move(about), std::move(h));
    task->watch_cancellation();
    asio::post(strand, [task] { task->start(); });
}

void client::impl::close()
{
    asio::post(strand, [self = shared_from_this()] {
        self->closed = true;
        std::vector<std::shared_ptr<call_task>> running;
        for (auto const& [key, task] : self->tasks)
            if (auto const alive = task.lock()) running.push_back(alive);
        for (auto const& t : running) t->cancel();
    });
}

std::shared_ptr<client::impl::call_task> client::impl::next_with_slot()
{
    for (std::size_t p = 0; p < priorities; ++p) {
        auto& line = waiting[p];
        while (!line.empty()) {
            auto const task = line.front().lock();
            if (task && task->is_queued()) {
                bool const live = options.order[p] == priority::live_call;
                bool const free = free_slots > 0 || (live && free_live_slots > 0);
                if (!free && !displace(p)) break;
                line.pop_front();
                if (free) --(free_slots > 0 ? free_slots : free_live_slots);
                return task;
            }
            line.pop_front();
        }
    }
    return nullptr;
}

bool client::impl::displace(std::size_t rank)
{
    std::shared_ptr<call_task> least;
    std::erase_if(admitted, [&](auto const& weak) {
        auto const task = weak.lock();
        if (!task || !task->is_pacing()) return true;
        bool const less = !least || task->rank() > least->rank() ||
            (task->rank() == least->rank() && task->number() > least->number());
        if (task->rank() > rank && less) least = task;
        return false;
    });
    if (least) least->step_back();
    return least != nullptr;
}

void client::impl::admit()
{
    // A call that is refused gives its slot back from in here: one loop, however many are refused.
    if (admitting) return;
    admitting = true;
    while (auto const task = next_with_slot()) {
        std::erase_if(admitted, [](auto const& weak) {
            auto const t = weak.lock();
            return !t || !t->is_pacing();
        });
        admitted.push_back(task);
        task->admitted();
    }
    admitting = false;
}

void client::impl::give_back_slot()
{
    ++(free_slots < options.concurrency ? free_slots : free_live_slots);
    admit();
}

void client::impl::remember(call_record r)
{
    if (options.recent_calls == 0) return;
    std::lock_guard const lock(records_mutex);
    if (records.size() >= options.recent_calls) records.pop_front();
    records.push_back(std::move(r));
}

client::client(asio::any_io_executor executor, client_options options)
    : impl_(std::make_shared<impl>(std::move(executor), std::move(options)))
{}

client::client(client&&) noexcept = default;

client& client::operator=(client&& other) noexcept
{
    if (this != &other) {
        if (impl_) impl_->close();
        impl_ = std::move(other.impl_);
    }
    return *this;
}

client::~client()
{
    if (impl_) impl_->close();
}

client::executor_type client::get_executor() const noexcept
{
    return impl_->executor;
}

client_options const& client::options() const noexcept
{
    return impl_->options;
}

void client::set_key(std::string key)
{
    check_key(key);
    impl_->keys.set(std::move(key));
}

key_state client::state_of_key() const
{
    return impl_->keys.state(admission_clock::now());
}

std::vector<call_record> client::recent_calls() const
{
    std::lock_guard const lock(impl_->records_mutex);
    return {impl_->records.begin(), impl_->records.end()};
}

std::uint64_t client::requests_sent() const noexcept
{
    return impl_->sent.load(std::memory_order_relaxed);
}

void client::on_event(std::function<void(call_event const&)> f)
{
    impl_->on_event = std::move(f);
}

void client::start(std::shared_ptr<impl> const& self, operation const* op, arguments args,
    diagnostics* diag, request_options options, call_handler h)
{
    self->start_any(op, std::move(args), diag, std::move(options), std::move(h));
}

void client::start(std::shared_ptr<impl> const& self, operation const* op, arguments args,
    diagnostics* diag, request_options options, list_handler h)
{
    std::make_shared<impl::page_walk>(self, op, std::move(args), std::move(options))
        ->start(diag, std::move(h), true);
}

page_range client::pages(call c)
{
    return page_range(
        std::make_shared<impl::page_walk>(impl_, c.op, std::move(c.args), std::move(c.options)));
}

client::executor_type client::executor_of(impl const& self) noexcept
{
    return self.executor;
}

} // namespace trunkline::retell
