#include <trunkline/http/url.hpp>
#include <trunkline/retell/guarded_admission.hpp>
#include <trunkline/retell/guarded_client.hpp>

#include <algorithm>
#include <stdexcept>

namespace trunkline::retell {

client_options guarded(client_options o, guard_options guard, std::string const& shared_as)
{
    if (o.admission) return o;
    auto const url = http::parse_url(o.base_url);
    if (!url)
        throw error(errc::invalid_argument,
            "the base URL is not an absolute http or https URL; correct RETELL_BASE_URL");
    guard.service = url->authority();
    guard.requests_per_second = o.requests_per_second;
    guard.burst = o.burst_or_default();
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
