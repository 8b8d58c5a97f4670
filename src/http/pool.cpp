#include <http/pool.hpp>

#include <algorithm>

namespace trunkline::http {

connection_pool::connection_pool(asio::any_io_executor strand, std::shared_ptr<route const> r,
    std::size_t max_connections, std::chrono::milliseconds idle_timeout)
    : strand_(std::move(strand)),
      route_(std::move(r)),
      max_connections_(std::max<std::size_t>(1, max_connections)),
      idle_timeout_(idle_timeout)
{}

void connection_pool::acquire(std::shared_ptr<waiter> w)
{
    if (idle_.empty() && open() >= max_connections_) queue_.push_back(std::move(w));
    else serve(w);
}

bool connection_pool::withdraw(waiter const& w)
{
    return std::erase_if(queue_, [&](auto const& queued) { return queued.get() == &w; }) > 0;
}

void connection_pool::release(std::shared_ptr<connection> const& c)
{
    if (is_fit(*c)) idle_.push_back(c);
    else drop(*c);
    if (queue_.empty()) return;
    auto const next = std::move(queue_.front());
    queue_.pop_front();
    serve(next);
}

std::shared_ptr<connection> connection_pool::replace(std::shared_ptr<connection> const& dead)
{
    drop(*dead);
    return make();
}

void connection_pool::close_idle()
{
    for (auto const& c : idle_) drop(*c);
    idle_.clear();
}

void connection_pool::serve(std::shared_ptr<waiter> const& w)
{
    if (auto c = take_idle()) w->on_connection(std::move(c), false);
    else w->on_connection(make(), true);
}

std::shared_ptr<connection> connection_pool::take_idle()
{
    while (!idle_.empty()) {
        auto c = std::move(idle_.back());
        idle_.pop_back();
        if (is_fit(*c)) return c;
        drop(*c);
    }
    return nullptr;
}

bool connection_pool::is_fit(connection& c) const
{
    return connection::clock::now() < after(c.last_activity(), idle_timeout_) && c.is_usable();
}

void connection_pool::drop(connection& c) noexcept
{
    c.abort();
    open_.fetch_sub(1, std::memory_order_relaxed);
}

std::shared_ptr<connection> connection_pool::make()
{
    open_.fetch_add(1, std::memory_order_relaxed);
    return std::make_shared<connection>(strand_, route_);
}

} // namespace trunkline::http
