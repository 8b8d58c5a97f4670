#include <trunkline/http/client.hpp>

#include <http/exchange_op.hpp>
#include <http/proxy.hpp>

#include <boost/asio/post.hpp>
#include <boost/asio/strand.hpp>

namespace trunkline::http {
namespace {

void check_base(url const& base, client_options const& options)
{
    if (base.host.empty() || (base.scheme != "http" && base.scheme != "https"))
        throw error(errc::invalid_argument, "the base URL is not an absolute http or https URL");
    if (!base.userinfo.empty())
        throw error(errc::invalid_argument,
            "the base URL of " + base.origin() + " holds a user; give credentials as a header");
    if (!base.query.empty())
        throw error(errc::invalid_argument,
            "the base URL of " + base.origin() + " holds a query; queries belong to requests");
    if (!base.is_tls() && !options.allow_plain_http && !base.is_loopback())
        throw error(errc::insecure_url,
            "plain http to " + base.origin() +
                " is refused; use https or allow plain http explicitly");
}

/// The address of a host given as one, without a look-up.
std::vector<tcp::endpoint> literal_address(url const& hop)
{
    error_code ec;
    auto const address = asio::ip::make_address(hop.host, ec);
    if (ec) return {};
    return {tcp::endpoint(address, static_cast<std::uint16_t>(std::stoul(hop.port)))};
}

std::shared_ptr<route const> make_route(url const& base, client_options const& options)
{
    auto made = std::make_shared<route>();
    made->target = base;
    made->peer = base.authority();
    made->proxy = choose_proxy(base, options, read_environment);
    if (made->proxy) made->proxy_authorization = proxy_authorization(*made->proxy);
    made->addresses = literal_address(made->proxy ? *made->proxy : base);
    made->address_timeout = options.connect_timeout / 3;
    if (base.is_tls()) {
        tls_context::client_settings tls;
        tls.verify = options.verify_tls;
        tls.ca_file = options.ca_file;
        made->tls = tls_context::for_client(tls);
    }
    return made;
}

std::shared_ptr<client_settings const> make_settings(
    asio::any_io_executor executor, url const& base, client_options options)
{
    check_base(base, options);
    auto made = std::make_shared<client_settings>();
    made->path = make_route(base, options);
    made->strand = asio::make_strand(executor);
    made->executor = std::move(executor);
    made->options = std::move(options);
    return made;
}

} // namespace

class client::impl : public client_core {
public:
    using client_core::client_core;
};

client::client(asio::any_io_executor executor, url base, client_options options)
    : impl_(std::make_shared<impl>(make_settings(std::move(executor), base, std::move(options))))
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
    auto const strand = impl_->settings().strand;
    asio::post(strand, [self = std::move(impl_)] { self->stop(); });
}

client::executor_type client::get_executor() const noexcept
{
    return executor_of(*impl_);
}

client::executor_type client::executor_of(impl const& self) noexcept
{
    return self.settings().executor;
}

url const& client::base() const noexcept
{
    return impl_->settings().path->target;
}

std::size_t client::connections() const noexcept
{
    return impl_->pool().open();
}

void client::send_erased(std::shared_ptr<impl> const& self, request req, send_options const& limits,
    diagnostics* diag, handler h)
{
    auto const op = std::make_shared<exchange_op>(self, std::move(req), limits, *diag, std::move(h));
    op->listen_for_cancellation();
    asio::post(self->settings().strand, [self, op] {
        if (self->stopped()) op->cancel();
        else op->start();
    });
}

} // namespace trunkline::http
