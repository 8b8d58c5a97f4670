#pragma once

#include <trunkline/http/client.hpp>
#include <trunkline/http/url.hpp>

#include <functional>
#include <optional>
#include <string>
#include <string_view>

/// Which proxy a target is reached through. No I/O; the environment is passed in.
namespace trunkline::http {

/// Looks up an environment variable; empty when unset.
using environment = std::function<std::string(char const* name)>;
std::string read_environment(char const* name);

/// Whether a NO_PROXY list ("host, .domain, 10.0.0.0/8, host:port, *") names the target.
bool is_excluded(url const& target, std::string_view no_proxy);

/// Nothing: connect directly. Loopback never goes through a proxy. Throws trunkline::error
/// (invalid_argument) if the proxy is not an http:// URL.
std::optional<url> choose_proxy(
    url const& target, client_options const& options, environment const& env);

/// The value of Proxy-Authorization, empty without user. A secret.
std::string proxy_authorization(url const& proxy);

} // namespace trunkline::http
