#include <trunkline/redis/client.hpp>

#include <redis/client_core.hpp>

#include <boost/asio/post.hpp>

#include <algorithm>
#include <array>
#include <cctype>
#include <string_view>

namespace trunkline::redis {
namespace {

/// Commands after which replies no longer match commands one to one, or the connection is another's.
constexpr std::array<std::string_view, 11> unfit{"SUBSCRIBE", "PSUBSCRIBE", "SSUBSCRIBE", "MONITOR",
    "SYNC", "PSYNC", "HELLO", "AUTH", "SELECT", "QUIT", "RESET"};

bool is_unfit(std::string name)
{
    std::ranges::transform(
        name, name.begin(), [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
    return name.empty() || std::ranges::find(unfit, name) != unfit.end();
}

} // namespace

class client::impl : public client_core {
public:
    using client_core::client_core;
};

client::client(asio::any_io_executor executor, address const& where, client_options const& options)
    : impl_(std::make_shared<impl>(std::move(executor), where, options))
{}

client::client(client&&) noexcept = default;

client& client::operator=(client&& other) noexcept
{
    client old(std::move(other));
    impl_.swap(old.impl_); // `old` takes what was here and ends its operations
    return *this;
}

client::~client()
{
    if (!impl_) return;
    auto const strand = impl_->strand();
    asio::post(strand, [self = std::move(impl_)] { self->stop(); });
}

client::executor_type client::get_executor() const noexcept
{
    return executor_of(*impl_);
}

client::executor_type client::executor_of(impl const& self) noexcept
{
    return self.executor();
}

void client::call_erased(
    std::shared_ptr<impl> const& self, command const& what, diagnostics* diag, handler h)
{
    auto const until = call::clock::now() + self->options().command_timeout;
    auto const c = std::make_shared<call>(what.wire(), until, *diag, std::move(h), self->executor());
    c->listen_for_cancellation(
        self->strand(), [weak = std::weak_ptr<impl>(self)](std::shared_ptr<call> const& cancelled) {
            if (auto const core = weak.lock()) core->cancel(cancelled);
        });
    bool const refused = is_unfit(what.name());
    asio::post(self->strand(), [self, c, refused] {
        if (refused)
            return c->fail({errc::invalid_argument,
                "this Redis command cannot share a connection; it was not sent"});
        self->start(c);
    });
}

} // namespace trunkline::redis
