#include "client.hpp"
#include "members.hpp"

#include <boost/asio/post.hpp>

#include <filesystem>
#include <fstream>

namespace trunkline::capi {
namespace {

std::string secret_from_file(std::string const& path)
{
    std::ifstream in(path, std::ios::binary);
    std::string line;
    if (!in || !std::getline(in, line))
        throw error(errc::invalid_argument, "api_key_file: cannot read " + path);
    while (!line.empty() && (line.back() == '\r' || line.back() == ' ')) line.pop_back();
    return line;
}

bool exists(std::string const& store_url)
{
    constexpr std::string_view scheme = "sqlite://";
    std::error_code failed;
    if (!store_url.starts_with(scheme)) return true;
    return std::filesystem::exists(store_url.substr(scheme.size()), failed);
}

} // namespace

account::account(json::object const& given)
{
    members m(given, "the client options");
    auto& c = options_.client;
    options_.store_url = m.text("store", "sqlite://trunkline.db");
    options_.store.environment = m.text("environment");
    options_.store.key_file = m.text("key_file");
    options_.tenant = tenant_id(m.text("tenant", "default"));
    if (options_.tenant.empty()) throw error(errc::invalid_argument, "tenant is empty");
    options_.actor = m.text("actor");
    options_.shared_as = m.text("shared");
    if (m.flag("cache")) options_.cache.emplace();
    c.tenant = options_.tenant;
    c.base_url = m.text("base_url", c.base_url);
    if (auto const key = m.text("api_key"); !key.empty()) c.api_key = key;
    if (auto const file = m.text("api_key_file"); !file.empty()) c.api_key = secret_from_file(file);
    c.concurrency = m.number("concurrency", c.concurrency, 1, 256);
    c.requests_per_second = m.real("rate", c.requests_per_second, 0, 1e6);
    c.burst = static_cast<unsigned>(m.number("burst", c.burst, 0, 1'000'000));
    if (auto const ms = m.number("timeout_ms", 0, 0, 3'600'000); ms != 0) {
        std::chrono::milliseconds const t(ms);
        c.http.total_timeout = t;
        c.http.read_timeout = std::min(c.http.read_timeout, t);
        c.http.connect_timeout = std::min(c.http.connect_timeout, t);
        c.limits.set_timeout(t);
    }
    c.http.ca_file = m.text("ca_file");
    c.http.allow_plain_http = m.flag("allow_plain_http");
    threads_ = static_cast<unsigned>(m.number("threads", 1, 0, 1));
    m.no_others();
}

control_center& account::center(bool must_exist)
{
    if (center_) return *center_;
    if (must_exist && !exists(options_.store_url))
        throw error(errc::store_unavailable,
            "there is no store at " + options_.store_url +
                "; the request \"pull\" makes one, or name another with the option \"store\"");
    return center_.emplace(io_.get_executor(), options_);
}

std::string account::restore(std::string const& file)
{
    center_.reset(); // nothing may have the store open that is replaced
    return store::store::restore_from_file(file, options_.store_url, options_.store);
}

void account::cancel()
{
    asio::post(io_, [this, meant = request_] {
        if (meant != request_) return; // it ended before this was looked at
        canceled_ = true;
        signal_.emit(asio::cancellation_type::terminal);
    });
}

} // namespace trunkline::capi
