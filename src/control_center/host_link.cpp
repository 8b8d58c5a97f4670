#include "control_center/impl.hpp"

#ifdef TRUNKLINE_HAS_REDIS
#include <trunkline/redis/host_tier_driver.hpp>
#include <trunkline/redis/space_words.hpp>
#include <trunkline/redis/strict_limiter.hpp>
#endif

#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>

/// What this host shares with others, if it does.
namespace trunkline::detail {

#ifdef TRUNKLINE_HAS_REDIS
namespace {

std::string machine_name()
{
    std::array<char, 256> name{};
    if (::gethostname(name.data(), name.size() - 1) != 0) return "host";
    return name.data();
}

/// Braces would make a hash tag of their own.
std::string space_of(control_center_options const& o)
{
    auto out = !o.hosts.space.empty() ? o.hosts.space
        : o.shared_as.empty()         ? "default"
                                      : o.shared_as;
    std::ranges::replace_if(
        out, [](char c) { return c == '{' || c == '}'; }, '-');
    return out;
}

void secure(redis::client_options& to, host_sharing const& from)
{
    to.allow_plain_tcp = from.allow_plain_tcp;
    to.ca_file = from.ca_file;
}

class redis_link final : public host_link {
public:
    redis_link(asio::any_io_executor const& executor, control_center_options const& o,
        std::shared_ptr<resilience::resilience_space> space)
        : driver_(executor, redis::address::parse(o.hosts.redis_url), tier_options(o, *space),
              std::make_shared<redis::space_words>(space), connection(o.hosts))
    {
        driver_.start();
    }
    void append_to(retell::guard_metrics& out) const override
    {
        using kind = retell::metric::kind;
        auto const s = driver_.stats();
        out.emplace_back("trunkline_tier_hosts", kind::gauge, s.hosts);
        out.emplace_back("trunkline_tier_in_contact", kind::gauge, s.in_contact);
        auto const counter = [&](std::string_view name, std::uint64_t v) {
            out.emplace_back(name, kind::counter, static_cast<double>(v));
        };
        counter("trunkline_tier_calls_total", s.calls);
        counter("trunkline_tier_failures_total", s.failures);
        counter("trunkline_tier_fenced_total", s.fenced);
        counter("trunkline_tier_lost_memory_total", s.lost_memory);
    }

private:
    static redis::host_tier_options tier_options(
        control_center_options const& o, resilience::resilience_space const& space)
    {
        redis::host_tier_options out;
        out.space = space_of(o);
        out.host = o.hosts.host.empty() ? machine_name() : o.hosts.host;
        // Words of this object alone: it is a host by itself.
        static std::atomic<unsigned> number{0};
        if (space.kind() == resilience::resilience_space::kind_type::private_memory)
            out.host.append("/")
                .append(std::to_string(::getpid()))
                .append(".")
                .append(std::to_string(++number));
        out.expected_hosts = std::max(1u, o.hosts.expected_hosts);
        return out;
    }
    static redis::client_options connection(host_sharing const& h)
    {
        auto out = redis::host_tier_driver::default_client_options();
        secure(out, h);
        return out;
    }
    redis::host_tier_driver driver_;
};

} // namespace

std::shared_ptr<host_link> link_hosts(asio::any_io_executor const& executor,
    control_center_options const& o, std::shared_ptr<resilience::resilience_space> space)
{
    if (o.hosts.redis_url.empty()) return nullptr;
    return std::make_shared<redis_link>(executor, o, std::move(space));
}

std::shared_ptr<resilience::strict_limit> strict_limit_of(
    asio::any_io_executor const& executor, control_center_options const& o)
{
    if (o.hosts.redis_url.empty() || !o.hosts.strict) return nullptr;
    auto connection = redis::strict_limiter::default_client_options();
    secure(connection, o.hosts);
    connection.command_timeout = o.hosts.strict_timeout;
    return std::make_shared<redis::strict_limiter>(
        executor, redis::address::parse(o.hosts.redis_url), space_of(o), connection);
}

#else

namespace {

void require_no_redis(host_sharing const& h)
{
    if (!h.redis_url.empty())
        throw error(errc::invalid_argument,
            "this library was built without Redis; install libhiredis-dev and build it again, or "
            "unset TRUNKLINE_REDIS");
}

} // namespace

std::shared_ptr<host_link> link_hosts(asio::any_io_executor const&, control_center_options const& o,
    std::shared_ptr<resilience::resilience_space>)
{
    require_no_redis(o.hosts);
    return nullptr;
}

std::shared_ptr<resilience::strict_limit> strict_limit_of(
    asio::any_io_executor const&, control_center_options const& o)
{
    require_no_redis(o.hosts);
    return nullptr;
}

#endif

} // namespace trunkline::detail
