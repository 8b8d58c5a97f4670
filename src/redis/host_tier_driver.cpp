#include <trunkline/redis/host_tier_driver.hpp>

#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>

#include <mutex>

namespace trunkline::redis {

class host_tier_driver::impl : public std::enable_shared_from_this<impl> {
public:
    impl(asio::any_io_executor const& executor, address const& where,
        host_tier_options const& options, std::shared_ptr<local_words> words,
        client_options const& connection)
        : words_(std::move(words)),
          strand_(asio::make_strand(executor)),
          timer_(strand_),
          client_(strand_, where, connection),
          tier_(options, *words_)
    {}

    void start()
    {
        asio::post(strand_, [self = shared_from_this()] {
            if (std::exchange(self->running_, true)) return;
            self->tick();
        });
    }
    void stop()
    {
        asio::post(strand_, [self = shared_from_this()] {
            self->running_ = false;
            self->timer_.cancel();
        });
    }
    tier_stats stats() const
    {
        std::lock_guard const lock(mutex_);
        return tier_.stats();
    }

private:
    using clock = std::chrono::steady_clock;

    void tick()
    {
        if (!running_) return;
        std::optional<tier_call> call;
        clock::time_point next;
        {
            std::lock_guard const lock(mutex_);
            call = tier_.poll(clock::now());
            next = tier_.next();
        }
        if (call) send(*std::move(call));
        timer_.expires_at(next);
        timer_.async_wait([self = shared_from_this()](error_code ec) {
            if (!ec) self->tick();
        });
    }
    void send(tier_call call)
    {
        auto const diag = std::make_shared<diagnostics>();
        auto const& what = call.what;
        client_.async_call(
            what, *diag, [self = shared_from_this(), call, diag](error_code ec, reply const& r) {
                if (!self->running_) return;
                std::lock_guard const lock(self->mutex_);
                if (ec) self->tier_.on_failure(call, ec, clock::now());
                else self->tier_.on_reply(call, r, clock::now());
            });
    }

    std::shared_ptr<local_words> const words_;
    asio::any_io_executor strand_;
    asio::steady_timer timer_;
    client client_; ///< Completes on the strand.
    mutable std::mutex mutex_;
    host_tier tier_;
    bool running_ = false;
};

client_options host_tier_driver::default_client_options()
{
    client_options o;
    o.connect_timeout = std::chrono::milliseconds(1'000);
    o.command_timeout = std::chrono::milliseconds(500);
    o.reconnect_cap = std::chrono::milliseconds(1'000);
    return o;
}

host_tier_driver::host_tier_driver(asio::any_io_executor executor, address const& where,
    host_tier_options const& options, local_words& words, client_options const& connection)
    : host_tier_driver(executor, where, options,
          std::shared_ptr<local_words>(std::shared_ptr<void>(), &words), connection)
{}

host_tier_driver::host_tier_driver(asio::any_io_executor executor, address const& where,
    host_tier_options const& options, std::shared_ptr<local_words> words,
    client_options const& connection)
    : impl_(std::make_shared<impl>(executor, where, options, std::move(words), connection))
{}

host_tier_driver::host_tier_driver(host_tier_driver&&) noexcept = default;

host_tier_driver& host_tier_driver::operator=(host_tier_driver&& other) noexcept
{
    host_tier_driver old(std::move(other));
    impl_.swap(old.impl_); // `old` ends what was here
    return *this;
}

host_tier_driver::~host_tier_driver()
{
    if (impl_) impl_->stop();
}

void host_tier_driver::start()
{
    impl_->start();
}

void host_tier_driver::stop()
{
    impl_->stop();
}

tier_stats host_tier_driver::stats() const
{
    return impl_->stats();
}

} // namespace trunkline::redis
