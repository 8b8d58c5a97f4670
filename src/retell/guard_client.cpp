#include <trunkline/http/url.hpp>
#include <trunkline/retell/guarded_admission.hpp>
#include <trunkline/retell/guarded_client.hpp>

#include <algorithm>
#include <cmath>
#include <stdexcept>

namespace trunkline::retell {

namespace {

/// The burst of a client is one that each of its calls may use, and background work leaves a part
/// of the limiter's to those above it: of this one it may use `wanted`.
unsigned burst_for(unsigned wanted, double kept)
{
    constexpr unsigned most = 1'000'000; // of a limiter; a wish beyond it is refused there
    return std::max(
        wanted, static_cast<unsigned>(std::min<double>(most, std::ceil(wanted / (1 - kept)))));
}

} // namespace

client_options guarded(client_options o, guard_options guard, std::string const& shared_as)
{
    if (o.admission) return o;
    auto const url = http::parse_url(o.base_url);
    if (!url)
        throw error(errc::invalid_argument,
            "the base URL is not an absolute http or https URL; correct RETELL_BASE_URL");
    guard.service = url->authority();
    guard.requests_per_second = o.requests_per_second;
    guard.order = o.order;
    guard.burst = burst_for(o.burst_or_default(), guard.reserves.back());
    guard.floor = std::min(guard.floor, std::max(o.requests_per_second, 0.001));
    if (o.requests_per_second == 0) guard.floor = guard_options().floor;
    resilience::space_options space;
    space.shared = !shared_as.empty();
    if (!space.shared) space.keys = 1'024; // one process has few tenants
    try {
        auto const name = space.shared ? shared_as : std::string("alone");
        auto opened = resilience::resilience_space::open(name, space);
        o.admission = std::make_shared<guarded_admission>(
            std::make_shared<resilience::resilience_space>(std::move(opened)), guard);
    } catch (std::invalid_argument const& e) {
        throw error(errc::invalid_argument, e.what());
    }
    return o;
}

} // namespace trunkline::retell
