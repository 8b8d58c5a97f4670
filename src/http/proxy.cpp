#include <http/proxy.hpp>

#include <http/ascii.hpp>

#include <trunkline/core/crypto.hpp>

#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/network_v4.hpp>
#include <boost/asio/ip/network_v6.hpp>

#include <cstdlib>

namespace trunkline::http {
namespace {

namespace ip = boost::asio::ip;

/// "10.0.0.0/8" and the like; false if the item is no network or the host no address of its family.
bool is_in_network(std::string const& host, std::string const& network)
{
    error_code ec;
    auto const address = ip::make_address(host, ec);
    if (ec) return false;
    if (address.is_v4()) {
        auto const net = ip::make_network_v4(network, ec);
        return !ec &&
            ip::network_v4(address.to_v4(), net.prefix_length()).canonical() == net.canonical();
    }
    auto const net = ip::make_network_v6(network, ec);
    return !ec &&
        ip::network_v6(address.to_v6(), net.prefix_length()).canonical() == net.canonical();
}

/// Takes a ":port" off the item if there is one. An IPv6 address needs brackets for that.
std::string_view take_port(std::string_view& item)
{
    auto const colon = item.rfind(':');
    if (colon == std::string_view::npos) return {};
    bool const bare_v6 = item.front() != '[' && item.find(':') != colon;
    if (bare_v6 || (item.front() == '[' && item[colon - 1] != ']')) return {};
    auto const port = item.substr(colon + 1);
    item = item.substr(0, colon);
    return port;
}

bool matches(url const& target, std::string_view item)
{
    if (item == "*") return true;
    if (item.find('/') != std::string_view::npos)
        return is_in_network(target.host, std::string(item));
    auto const port = take_port(item);
    if (!port.empty() && port != target.port) return false;
    if (item.starts_with('[') && item.ends_with(']')) item = item.substr(1, item.size() - 2);
    if (item.starts_with("*.")) item.remove_prefix(1);
    if (item.starts_with('.')) item.remove_prefix(1);
    if (item.empty()) return false;
    std::string_view const host = target.host;
    if (ascii::equals(host, item)) return true;
    // A domain covers its subdomains, on label boundaries: "ample.com" does not cover example.com.
    return host.size() > item.size() && host[host.size() - item.size() - 1] == '.' &&
        ascii::equals(host.substr(host.size() - item.size()), item);
}

std::string first_of(environment const& env, char const* upper, char const* lower)
{
    auto value = env(upper);
    return value.empty() ? env(lower) : value;
}

} // namespace

std::string read_environment(char const* name)
{
    char const* const value = std::getenv(name);
    return value ? value : "";
}

bool is_excluded(url const& target, std::string_view no_proxy)
{
    bool found = false;
    ascii::for_each_item(
        no_proxy, ", ", [&](std::string_view item) { found = found || matches(target, item); });
    return found;
}

std::optional<url> choose_proxy(
    url const& target, client_options const& options, environment const& env)
{
    if (target.is_loopback()) return std::nullopt;
    std::string text = options.proxy;
    std::string source = "the proxy option";
    if (text.empty()) {
        if (!options.proxy_from_environment) return std::nullopt;
        text = first_of(env, "HTTPS_PROXY", "https_proxy");
        source = "HTTPS_PROXY";
        if (text.empty() || is_excluded(target, first_of(env, "NO_PROXY", "no_proxy")))
            return std::nullopt;
    }
    if (text.find("://") == std::string::npos) text.insert(0, "http://"); // as curl reads it
    auto const proxy = parse_url(text);
    if (!proxy || proxy->is_tls()) // the value is not shown: it may hold a password
        throw error(errc::invalid_argument,
            source + " is not of the form http://[user:password@]host:port");
    return proxy;
}

std::string proxy_authorization(url const& proxy)
{
    if (proxy.userinfo.empty()) return {};
    return "Basic " + crypto::to_base64(percent_decode(proxy.userinfo, false));
}

} // namespace trunkline::http
