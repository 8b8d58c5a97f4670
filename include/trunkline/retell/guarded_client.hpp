#pragma once

#include <trunkline/retell/client.hpp>
#include <trunkline/retell/guard_options.hpp>

#include <string>

namespace trunkline::retell {

/**
 * Options of a client that sends through a guarded_admission: `o` with an admission made from it
 * and `guard`, unless it has one. Service (host and port of the base URL), rate and
 * burst of `guard` are taken from `o`.
 *
 * Clients with the same `shared_as`, of one user on one host, are one before the service. With an
 * empty name, or where no memory can be shared, this one is protected on its own. Throws
 * trunkline::error (invalid_argument) for a name, a base URL or options that cannot be.
 */
client_options guarded(
    client_options o, guard_options guard = {}, std::string const& shared_as = {});

} // namespace trunkline::retell
