#include <http/stream.hpp>

#include <trunkline/core/diagnostics.hpp>

#include <boost/asio/append.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/asio/ssl/stream.hpp>

#include <sys/socket.h>

#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <optional>

namespace trunkline::http {
namespace ssl = boost::asio::ssl;
namespace {

/// Counts what the network took, below TLS: only there is known whether a request may have left.
class counting_layer {
public:
    using lowest_layer_type = tcp::socket::lowest_layer_type;
    using executor_type = tcp::socket::executor_type;

    counting_layer(tcp::socket& socket, std::uint64_t& written) : socket_(socket), written_(written)
    {}
    executor_type get_executor() noexcept { return socket_.get_executor(); }
    lowest_layer_type& lowest_layer() noexcept { return socket_.lowest_layer(); }

    template <class Buffers, class Handler>
    void async_read_some(Buffers const& buffers, Handler&& h)
    {
        socket_.async_read_some(buffers, std::forward<Handler>(h));
    }
    template <class Buffers, class Handler>
    void async_write_some(Buffers const& buffers, Handler&& h)
    {
        auto executor = asio::get_associated_executor(h, get_executor());
        socket_.async_write_some(buffers,
            asio::bind_executor(executor,
                [&written = written_, h = std::forward<Handler>(h)](
                    error_code ec, std::size_t n) mutable {
                    written += n;
                    std::move(h)(ec, n);
                }));
    }

private:
    tcp::socket& socket_;
    std::uint64_t& written_;
};

[[noreturn]] void refuse(std::string const& what, std::string const& file, error_code const& ec)
{
    throw error(errc::tls_failed, what + " " + file + " cannot be used: " + ec.message());
}

void use_identity(ssl::context& context, std::string const& certificate, std::string const& key)
{
    error_code ec;
    context.use_certificate_chain_file(certificate, ec);
    if (ec) refuse("the certificate file", certificate, ec);
    context.use_private_key_file(key, ssl::context::pem, ec);
    if (ec) refuse("the key file", key, ec);
}

bool is_address(std::string const& host)
{
    error_code ec;
    asio::ip::make_address(host, ec);
    return !ec;
}

/// Sets SNI and what the certificate must say; IP addresses are compared with IP entries only.
bool expect_peer(SSL* handle, std::string const& host)
{
    auto* const parameters = SSL_get0_param(handle);
    if (is_address(host)) return X509_VERIFY_PARAM_set1_ip_asc(parameters, host.c_str()) == 1;
    X509_VERIFY_PARAM_set_hostflags(parameters, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    return SSL_set_tlsext_host_name(handle, host.c_str()) == 1 &&
        X509_VERIFY_PARAM_set1_host(parameters, host.c_str(), host.size()) == 1;
}

} // namespace

class tls_context::impl {
public:
    explicit impl(ssl::context::method method) : context(method)
    {
        context.set_options(ssl::context::default_workarounds | ssl::context::no_compression);
        SSL_CTX_set_min_proto_version(context.native_handle(), TLS1_2_VERSION);
        SSL_CTX_set_mode(context.native_handle(), SSL_MODE_RELEASE_BUFFERS);
    }
    ssl::context context;
};

tls_context::tls_context(std::unique_ptr<impl> i) : impl_(std::move(i)) {}
tls_context::~tls_context() = default;

std::shared_ptr<tls_context> tls_context::for_client(client_settings const& settings)
{
    auto made = std::make_unique<impl>(ssl::context::tls_client);
    auto& context = made->context;
    error_code ec;
    context.set_verify_mode(settings.verify ? ssl::verify_peer : ssl::verify_none, ec);
    if (settings.verify && settings.ca_file.empty()) context.set_default_verify_paths(ec);
    if (!settings.ca_file.empty()) context.load_verify_file(settings.ca_file, ec);
    if (ec)
        refuse("the CA file", settings.ca_file.empty() ? "of the system" : settings.ca_file, ec);
    if (!settings.certificate_file.empty())
        use_identity(context, settings.certificate_file, settings.key_file);
    if (!settings.protocol.empty()) {
        auto const offer = static_cast<char>(settings.protocol.size()) + settings.protocol;
        SSL_CTX_set_alpn_protos(context.native_handle(),
            reinterpret_cast<unsigned char const*>(offer.data()),
            static_cast<unsigned>(offer.size()));
    }
    return std::make_shared<tls_context>(std::move(made));
}

std::shared_ptr<tls_context> tls_context::for_server(
    std::string const& certificate_file, std::string const& key_file)
{
    auto made = std::make_unique<impl>(ssl::context::tls_server);
    use_identity(made->context, certificate_file, key_file);
    return std::make_shared<tls_context>(std::move(made));
}

class stream::tls_layer {
public:
    tls_layer(stream& owner, std::shared_ptr<tls_context> c)
        : context(std::move(c)),
          secure(counting_layer(owner.socket_, owner.written_), context->get().context)
    {}
    std::shared_ptr<tls_context> context; // outlives the stream made from it
    ssl::stream<counting_layer> secure;
};

stream::stream(tcp::socket socket) : socket_(std::move(socket)) {}
stream::~stream() = default;

void stream::async_handshake_client(
    std::shared_ptr<tls_context> context, std::string const& host, handler h)
{
    tls_ = std::make_unique<tls_layer>(*this, std::move(context));
    if (!expect_peer(tls_->secure.native_handle(), host)) {
        auto const executor = socket_.get_executor();
        asio::post(executor,
            asio::bind_executor(
                executor, asio::append(std::move(h), error_code(asio::error::invalid_argument))));
        return;
    }
    tls_->secure.async_handshake(
        ssl::stream_base::client, asio::bind_executor(socket_.get_executor(), std::move(h)));
}

void stream::async_handshake_server(std::shared_ptr<tls_context> context, handler h)
{
    tls_ = std::make_unique<tls_layer>(*this, std::move(context));
    tls_->secure.async_handshake(
        ssl::stream_base::server, asio::bind_executor(socket_.get_executor(), std::move(h)));
}

fault stream::describe_handshake(error_code ec, std::string_view peer) const
{
    std::string const who(peer);
    auto const verdict = tls_ ? SSL_get_verify_result(tls_->secure.native_handle()) : X509_V_OK;
    auto const& category = ec.category();
    if (category == asio::error::get_ssl_category() && verdict != X509_V_OK)
        return {errc::tls_failed,
            "the certificate of " + who + " was refused: " + X509_verify_cert_error_string(verdict) +
                "; check the host name, the clock and the CA file"};
    if (category == asio::error::get_ssl_category())
        return {errc::tls_failed,
            "no TLS connection to " + who + ": " + ec.message() + "; is it an https port?"};
    return {errc::connect_failed,
        who + " closed the connection during the TLS handshake; try again later"};
}

void stream::async_read_some(asio::mutable_buffer buffer, io_handler h)
{
    auto const executor = socket_.get_executor();
    if (!tls_) return socket_.async_read_some(buffer, asio::bind_executor(executor, std::move(h)));
    tls_->secure.async_read_some(buffer,
        asio::bind_executor(executor, [h = std::move(h)](error_code ec, std::size_t n) mutable {
            if (ec == ssl::error::stream_truncated) ec = asio::error::connection_aborted;
            std::move(h)(ec, n);
        }));
}

void stream::async_write_some(buffers const& data, io_handler h)
{
    auto const executor = socket_.get_executor();
    if (tls_)
        return tls_->secure.async_write_some(data, asio::bind_executor(executor, std::move(h)));
    counting_layer(socket_, written_)
        .async_write_some(data, asio::bind_executor(executor, std::move(h)));
}

void stream::async_shutdown(handler h)
{
    auto const executor = socket_.get_executor();
    if (!tls_) {
        error_code ec;
        socket_.shutdown(tcp::socket::shutdown_send, ec);
        asio::post(executor, asio::bind_executor(executor, asio::append(std::move(h), ec)));
        return;
    }
    tls_->secure.async_shutdown(asio::bind_executor(executor, std::move(h)));
}

bool stream::is_quiet() noexcept
{
    char byte = 0;
    auto const n = ::recv(socket_.native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    return n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
}

void stream::close() noexcept
{
    error_code ignored;
    socket_.close(ignored);
}

void stream::reset() noexcept
{
    error_code ignored;
    socket_.set_option(asio::socket_base::linger(true, 0), ignored);
    socket_.close(ignored);
}

} // namespace trunkline::http
